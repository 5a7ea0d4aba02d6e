package org.mediaarchiver.batch;

import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.flywaydb.core.api.CoreErrorCode;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.TransactionSystemException;

/** What is wrong with the database, where that is not the program's fault: in words for an operator. */
public final class DatabaseFaults {
    /** Connections that cannot be made, broke off or were ended by the server, and servers with too many of them. */
    private static final List<String> AWAY = List.of("08", "57P", "25P03", "53300");

    /** Users, passwords, databases, schemas and rights that are not there; standbys; no room. */
    private static final List<String> REFUSED = List.of("28", "3D", "3F", "42501", "25006", "53");

    /** HSQLDB's word for files that it cannot read, write or understand. */
    private static final List<String> FILES = List.of("S1000", "25006", "28");

    private DatabaseFaults() {}

    /**
     * Returns what happened and what to do, or nothing where the database is not what failed.
     *
     * @param failure as it arrived, with all its causes
     */
    public static Optional<String> sentence(Throwable failure) {
        return parts(failure).flatMap(part -> sentenceOf(part).stream()).findFirst();
    }

    /** Tells whether a connection was lost, or cannot be had, which may be better soon. */
    static boolean isAway(Throwable failure) {
        return parts(failure).anyMatch(part -> part instanceof SQLException fault && isAway(fault));
    }

    /** The pool has no state to tell of where it gave up before the driver did. */
    private static boolean isAway(SQLException fault) {
        return !isOfFiles(fault) && (fault instanceof SQLTransientConnectionException || isAny(fault, AWAY));
    }

    private static Optional<String> sentenceOf(Throwable part) {
        return switch (part) {
            case SQLException fault -> Optional.ofNullable(sentenceOf(fault));
            case FlywayException fault
            when fault.getErrorCode() == CoreErrorCode.NON_EMPTY_SCHEMA_WITHOUT_SCHEMA_HISTORY_TABLE ->
                Optional.of(
                        "The database holds tables of another program. Give this one a database of its own, or a schema"
                                + " with currentSchema in spring.datasource.url.");
            case FlywayException fault
            when fault.getErrorCode() == CoreErrorCode.VALIDATE_ERROR ->
                Optional.of("The tables in the database are not as this program makes them (" + firstLine(fault)
                        + "). Go on with the version that made them, or give this one a database of its own.");
            default -> Optional.empty();
        };
    }

    private static @Nullable String sentenceOf(SQLException fault) {
        if (isOfFiles(fault)) {
            return isAny(fault, FILES)
                    ? "The database files in the home cannot be used (" + firstLine(fault)
                            + "). Where the disk is full or may not be written, mend that; where the files are damaged, move the"
                            + " home's folder db away and run 'ledger rebuild'."
                    : null;
        }
        // The pool tells how long it waited, and the driver what for.
        String ofDriver = fault.getCause() instanceof SQLException met ? sentenceOf(met) : null;
        if (ofDriver != null) {
            return ofDriver;
        }
        if (isAway(fault)) {
            return "The database does not answer (" + firstLine(fault) + reason(fault)
                    + "). See that it runs and that spring.datasource.url is right, and run the same command again to go on.";
        }
        if (isAny(fault, REFUSED)) {
            return "The database refuses its service (" + firstLine(fault)
                    + "). Its user must be able to create, read and write tables there: mend that or the keys"
                    + " spring.datasource.*, and run the same command again to go on.";
        }
        return null;
    }

    private static boolean isOfFiles(SQLException fault) {
        return fault.getCause() instanceof org.hsqldb.HsqlException;
    }

    private static boolean isAny(SQLException fault, List<String> states) {
        String state = fault.getSQLState();
        return state != null && states.stream().anyMatch(state::startsWith);
    }

    private static String firstLine(Throwable fault) {
        String message = fault.getMessage();
        return message == null
                ? fault.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }

    /** What the driver leaves to the cause: that a host has no address, for example. */
    private static String reason(SQLException fault) {
        return fault.getCause() instanceof IOException cause
                ? " " + cause.getClass().getSimpleName() + ": " + cause.getMessage()
                : "";
    }

    /** A failure with all that caused it; a rollback that fails as well keeps what it was for aside. */
    private static Stream<Throwable> parts(@Nullable Throwable failure) {
        if (failure == null) {
            return Stream.empty();
        }
        Throwable aside =
                failure instanceof TransactionSystemException rollback ? rollback.getApplicationException() : null;
        return Stream.of(
                        Stream.of(failure),
                        parts(aside),
                        parts(failure.getCause()),
                        Arrays.stream(failure.getSuppressed()).flatMap(DatabaseFaults::parts))
                .flatMap(part -> part);
    }
}
