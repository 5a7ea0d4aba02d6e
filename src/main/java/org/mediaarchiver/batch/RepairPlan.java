package org.mediaarchiver.batch;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.mediaarchiver.archive.RepairSurvey;
import org.mediaarchiver.archive.RepairSurvey.Chance;
import org.mediaarchiver.archive.RepairSurvey.Prospect;
import org.mediaarchiver.audit.FindingCode;
import org.mediaarchiver.audit.FindingReader;
import org.mediaarchiver.audit.FindingReader.Line;
import org.mediaarchiver.domain.ObjectOutcome.Stored;
import org.mediaarchiver.domain.RejectedLine;
import org.mediaarchiver.domain.Sizes;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.ledger.DamageTable;
import org.mediaarchiver.ledger.DamageTable.Damage;

/**
 * Tells what a repair would do.
 *
 * <p>No file is read or downloaded, nothing is written to the bucket, and no run is begun.
 */
public final class RepairPlan {
    private static final int PAGE = 500;
    private static final String FORM = "  %-10s  %9s  %s: %s";

    private final int concurrency;
    private final RepairSurvey survey;
    private final DamageTable damages;
    private final String prefix;

    RepairPlan(int concurrency, RepairSurvey survey, DamageTable damages, String prefix) {
        this.concurrency = concurrency;
        this.survey = survey;
        this.damages = damages;
        this.prefix = prefix;
    }

    /**
     * What a repair would do, all in all.
     *
     * @param hopeful objects that could be made good
     * @param bytes what would be fetched for them
     * @param left findings that would be left
     * @param evidence those of them that say that run files cannot be relied upon
     */
    public record Plan(long hopeful, long bytes, long left, long evidence) {
        /** Returns the plan as a line for a person. */
        public String text() {
            return "%,d %s could be made good with %s to fetch, %,d findings would be left"
                    .formatted(hopeful, hopeful == 1 ? "object" : "objects", Sizes.text(bytes), left);
        }
    }

    private record Item(long line, Damage damage, Stored expected) {}

    private record Told(long line, String text, long bytes, Chance chance) {}

    /** @param told is given a line for each finding, in the order of the audit, as soon as it is known */
    Plan plan(int archiveId, AuditCopies.Copy copy, Consumer<String> told) throws InterruptedException {
        told.accept("a plan: nothing was downloaded, nothing was stored; --apply does it");
        long[] sums = new long[4];
        try (FindingReader findings = new FindingReader(
                new BufferedInputStream(Files.newInputStream(copy.input().file())), prefix)) {
            List<Line> page = page(findings);
            while (!page.isEmpty()) {
                for (Told line : told(archiveId, page)) {
                    told.accept(line.text());
                    sums[line.chance() == Chance.GOOD ? 0 : 2]++;
                    sums[1] += line.chance() == Chance.GOOD ? line.bytes() : 0;
                }
                sums[3] += page.stream()
                        .filter(line ->
                                line instanceof Line.Other other && other.code().kind() == FindingCode.Kind.EVIDENCE)
                        .count();
                page = page(findings);
            }
        } catch (IOException e) {
            throw new StopException("The copy of the findings cannot be read (" + e.getMessage() + ").", e);
        }
        return new Plan(sums[0], sums[1], sums[2], sums[3]);
    }

    private static List<Line> page(FindingReader findings) throws IOException {
        List<Line> page = new ArrayList<>();
        while (page.size() < PAGE) {
            Line line = findings.next();
            if (line == null) {
                break;
            }
            page.add(line);
        }
        return page;
    }

    private Iterable<Told> told(int archiveId, List<Line> page) throws InterruptedException {
        Map<Long, Told> told = new TreeMap<>();
        List<Damage> found = new ArrayList<>();
        for (Line line : page) {
            switch (line) {
                case Line.Damage damage ->
                    found.add(new Damage(damage.number(), damage.task(), damage.role(), damage.key()));
                case Line.Other other -> {
                    RejectedLine left = DamageWriter.left(other);
                    told.put(other.number(), left(other.number(), left.text(), left.detail()));
                }
            }
        }
        Map<Damage, Stored> expected = damages.expected(archiveId, found);
        List<Item> items = new ArrayList<>();
        for (Damage damage : found) {
            Stored must = expected.get(damage);
            if (must == null) {
                told.put(damage.line(), left(damage.line(), damage.key(), "the ledger tells of no such object"));
            } else {
                items.add(new Item(damage.line(), damage, must));
            }
        }
        try (LookAhead<Item, Told> asked = new LookAhead<>(items.iterator(), concurrency, this::look)) {
            for (Optional<Told> next = asked.next(); next.isPresent(); next = asked.next()) {
                told.put(next.get().line(), next.get());
            }
        }
        return told.values();
    }

    private Told look(Item item) throws InterruptedException {
        Prospect prospect = survey.look(item.damage().task(), item.expected());
        long bytes = item.expected().object().content().size();
        return new Told(
                item.line(),
                FORM.formatted(
                        prospect.state(), Sizes.text(bytes), item.damage().key(), prospect.remedy()),
                bytes,
                prospect.chance());
    }

    private static Told left(long line, String key, String why) {
        return new Told(line, FORM.formatted("left", "", key, why), 0, Chance.NONE);
    }
}
