package org.mediaarchiver.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.Sha256;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.Run;

class InputCopiesTest {
    private static final byte[] LIST = "task_id\na\nb\n".getBytes(StandardCharsets.UTF_8);
    private static final RunId RUN = new RunId("20261123T020000Z-7f3a9c");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private Home home;

    private final List<String> opened = new ArrayList<>();

    @BeforeEach
    void open() {
        home = Home.open(folder.resolve("home"), InstantSource.system());
    }

    @AfterEach
    void close() {
        home.close();
    }

    @Test
    void aFileIsCopiedWithItsDigestAndGivenToARun() throws Exception {
        Path file = Files.write(folder.resolve("tasks.csv"), LIST);
        InputCopies inputs = inputs(LIST);

        InputCopies.Copy copy = inputs.copy(file.toString(), "task_id");
        Files.writeString(file, "changed");
        inputs.give(copy, RUN);

        assertThat(copy.input()).isEqualTo(new Run.Input(file.toString(), LIST.length, Sha256.of(LIST)));
        assertThat(home.input(RUN)).hasBinaryContent(LIST);
        assertThat(copy.file()).doesNotExist();
    }

    @Test
    void aRelativePathMeansTheSameTomorrow() {
        assertThat(InputCopies.name("lists/../tasks.csv"))
                .isEqualTo(Path.of("tasks.csv").toAbsolutePath().toString());
        assertThat(InputCopies.name("-")).isEqualTo("-");
        assertThat(InputCopies.name("s3://lists/a/../b.csv")).isEqualTo("s3://lists/a/../b.csv");
    }

    @Test
    void standardInputIsReadAndLeftOpen() {
        InputStream standardInput = new ByteArrayInputStream(LIST) {
            @Override
            public void close() {
                throw new IllegalStateException("not ours to close");
            }
        };
        InputCopies inputs = new InputCopies(home, (bucket, key) -> InputStream.nullInputStream(), standardInput);

        assertThat(inputs.copy("-", "task_id").input()).isEqualTo(new Run.Input("-", LIST.length, Sha256.of(LIST)));
        assertThat(InputCopies.isNameless("-")).isTrue();
        assertThat(InputCopies.isNameless("tasks.csv")).isFalse();
    }

    @Test
    void everyCharacterOfAKeyStandsForItself() {
        assertThat(inputs(LIST)
                        .copy("s3://my_lists/a b/50%25?.csv#1", "task_id")
                        .input()
                        .sha256())
                .isEqualTo(Sha256.of(LIST));
        assertThat(opened).containsExactly("my_lists", "a b/50%25?.csv#1");
    }

    @Test
    void aGzipIsKeptAsItCame() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(LIST);
        }

        assertThat(inputs(packed.toByteArray())
                        .copy("s3://lists/tasks.csv.gz", "task_id")
                        .input())
                .isEqualTo(new Run.Input("s3://lists/tasks.csv.gz", packed.size(), Sha256.of(packed.toByteArray())));
    }

    @Test
    void aFileThatIsNotThereIsAFaultOfTheCommand() {
        String missing = folder.resolve("missing.csv").toString();

        assertThatThrownBy(() -> inputs(LIST).copy(missing, "task_id"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("The input " + missing + " does not exist: check its path.");
        assertThat(inputs(LIST).copyIfThere(missing, "task_id")).isEmpty();
    }

    @Test
    void anObjectThatIsNotThereIsAFaultOfTheCommand() {
        InputCopies inputs = new InputCopies(
                home,
                (bucket, key) -> {
                    throw new NoSuchFileException(key);
                },
                InputStream.nullInputStream());

        assertThatThrownBy(() -> inputs.copy("s3://lists/tasks.csv", "task_id"))
                .isInstanceOf(ConfigurationException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3://", "s3://lists", "s3://lists/", "s3:///tasks.csv"})
    void whatNamesNoObjectCannotBeRead(String input) {
        assertThatThrownBy(() -> inputs(LIST).copy(input, "task_id"))
                .isInstanceOf(StopException.class)
                .hasMessageContaining("not of the form s3://bucket/key");
    }

    @Test
    void aFolderCannotBeRead() {
        assertThatThrownBy(() -> inputs(LIST).copy(folder.toString(), "task_id"))
                .isInstanceOf(StopException.class)
                .hasMessageContaining("cannot be read");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "other,column\na,b\n", "task_id\na\n\"open"})
    void aListThatCannotBeReadToItsEndBecomesNoRun(String text) {
        InputCopies inputs = inputs(text.getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> inputs.copy("s3://lists/tasks.csv", "task_id")).isInstanceOf(StopException.class);
    }

    @Test
    void aCopyThatNoRunOwnsCanBeDiscarded() {
        InputCopies inputs = inputs(LIST);

        inputs.discard(inputs.copy("s3://lists/tasks.csv", "task_id"));

        assertThat(home.inputs()).isEmptyDirectory();
    }

    @Test
    void onlyTheCopiesOfUnfinishedRunsAreKept() throws Exception {
        RunId unfinished = new RunId("20261124T020000Z-000001");
        InputCopies inputs = inputs(LIST);
        inputs.give(inputs.copy("s3://lists/tasks.csv", "task_id"), RUN);
        inputs.give(inputs.copy("s3://lists/tasks.csv", "task_id"), unfinished);
        Path own = Files.writeString(home.inputs().resolve("notes.csv"), "an operator's own");

        inputs.discardAllBut(unfinished::equals);

        assertThat(home.input(RUN)).doesNotExist();
        assertThat(home.input(unfinished)).hasBinaryContent(LIST);
        assertThat(own).exists();
    }

    @Test
    void aSourceThatBreaksCannotBeRead() {
        InputCopies inputs = new InputCopies(
                home,
                (bucket, key) -> new FilterInputStream(new ByteArrayInputStream(LIST)) {
                    @Override
                    public int read(byte[] bytes, int from, int length) throws IOException {
                        throw new IOException("reset");
                    }
                },
                InputStream.nullInputStream());

        assertThatThrownBy(() -> inputs.copy("s3://lists/tasks.csv", "task_id"))
                .isInstanceOf(StopException.class)
                .hasMessage("The input s3://lists/tasks.csv cannot be read (IOException: reset)."
                        + " Check the path and its permissions.");
    }

    private InputCopies inputs(byte[] object) {
        InputCopies.S3Input s3 = (String bucket, String key) -> {
            opened.add(bucket);
            opened.add(key);
            return new ByteArrayInputStream(object);
        };
        return new InputCopies(home, s3, InputStream.nullInputStream());
    }
}
