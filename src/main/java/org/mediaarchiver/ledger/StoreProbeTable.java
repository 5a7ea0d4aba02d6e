package org.mediaarchiver.ledger;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What was found out about stores, by endpoint and bucket; nothing in it is ever changed or deleted. */
public final class StoreProbeTable {
    private final JdbcClient jdbc;

    public StoreProbeTable(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * What a probe found.
     *
     * @param at when, cut to milliseconds
     * @param facts answers by feature
     */
    public record Probe(Instant at, Map<String, String> facts) {}

    /** Enters what a probe found now. */
    public void insert(String endpoint, String bucket, Probe probe) {
        probe.facts()
                .forEach((feature, answer) -> jdbc.sql(
                                "INSERT INTO store_probe (endpoint, bucket, probed_at, feature, answer) VALUES (?, ?, ?, ?, ?)")
                        .param(endpoint)
                        .param(bucket)
                        .param(probe.at().atOffset(ZoneOffset.UTC))
                        .param(feature)
                        .param(answer)
                        .update());
    }

    /** Returns the last probe that was made at that time or before. */
    public Optional<Probe> lastUntil(Instant time, String endpoint, String bucket) {
        Map<String, String> facts = new TreeMap<>();
        return jdbc
                .sql("SELECT probed_at, feature, answer FROM store_probe WHERE endpoint = ? AND bucket = ?"
                        + " AND probed_at = (SELECT MAX(probed_at) FROM store_probe"
                        + " WHERE endpoint = ? AND bucket = ? AND probed_at <= ?)")
                .params(endpoint, bucket, endpoint, bucket, time.atOffset(ZoneOffset.UTC))
                .query((row, number) -> {
                    facts.put(row.getString(2), row.getString(3));
                    return row.getObject(1, OffsetDateTime.class).toInstant();
                })
                .list()
                .stream()
                .findFirst()
                .map(at -> new Probe(at, facts));
    }
}
