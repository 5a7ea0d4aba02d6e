package org.mediaarchiver.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class JsonTest {
    @Test
    void aRowIsTheLineThatJacksonWouldWrite() {
        assertThat(SmallRun.rows())
                .map(Column::cells)
                .allSatisfy(cells -> assertThat(Json.line(cells)).isEqualTo(written(cells)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "/",
                " ",
                "~",
                "\\",
                "a\\u0041b",
                "\"quoted\"",
                "a\tb\nc\r\b\f\u0000\u001f",
                "\u007f",
                "\u00e9t\u00e9",
                "\u2028",
                "\ud83c\udf9e"
            })
    void aTextIsEscapedAsJacksonEscapesIt(String text) {
        String[] cells = new String[Column.values().length];
        Arrays.fill(cells, "");
        cells[List.of(Column.values()).indexOf(Column.ETAG)] = text;

        assertThat(Json.line(cells)).isEqualTo(written(cells)).isASCII();
    }

    private static String written(String[] cells) {
        ObjectNode object = Json.object();
        for (Column column : Column.values()) {
            String cell = column.in(cells);
            if (cell.isEmpty()) {
                object.putNull(column.title());
            } else if (column.type() == Column.Type.INTEGER) {
                object.put(column.title(), Long.parseLong(cell));
            } else {
                object.put(column.title(), cell);
            }
        }
        return Json.line(object);
    }
}
