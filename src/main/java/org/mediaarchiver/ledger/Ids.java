package org.mediaarchiver.ledger;

import java.util.Arrays;
import java.util.Collection;
import org.springframework.jdbc.core.PreparedStatementSetter;

/**
 * Many ids in one statement, as a table to join: with {@code IN} HSQLDB reads a whole index instead of looking each of them up.
 */
final class Ids {
    /** The ids as a table {@code c} with the column {@code id}; it takes the statement's first parameter. */
    static final String TABLE = "UNNEST(CAST(? AS VARCHAR(140) ARRAY)) AS c(id)";

    private Ids() {}

    /** Sets the ids as the first parameter, and one more behind them. */
    static PreparedStatementSetter then(Collection<String> ids, Object second) {
        return statement -> {
            Object[] sorted = ids.toArray();
            // What is close in an index is looked up together, and is in memory still.
            Arrays.sort(sorted);
            statement.setArray(1, statement.getConnection().createArrayOf("VARCHAR", sorted));
            statement.setObject(2, second);
        };
    }
}
