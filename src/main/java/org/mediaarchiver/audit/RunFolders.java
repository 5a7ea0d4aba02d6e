package org.mediaarchiver.audit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.mediaarchiver.domain.RunId;
import org.mediaarchiver.domain.StopException;
import org.mediaarchiver.manifest.RunFile;
import org.mediaarchiver.storage.ObjectStore;
import org.mediaarchiver.storage.ObjectStore.ObjectHead;

/** Where the files of runs are: in the home, and in the bucket. */
final class RunFolders {
    static final Comparator<RunId> BY_START = Comparator.comparing(RunId::value);
    private static final Pattern KEY =
            Pattern.compile("dt=[0-9]{4}-[0-9]{2}-[0-9]{2}/([^/]+)/([A-Za-z0-9][A-Za-z0-9._-]{0,99})");

    private static final int BUFFER_BYTES = 64 * 1024;

    private final ObjectStore store;
    private final String prefix;
    private final Path home;

    /** @param home the folder of the home's runs, which may be missing */
    RunFolders(ObjectStore store, String prefix, Path home) {
        this.store = store;
        this.prefix = prefix;
        this.home = home;
    }

    /**
     * The files of runs in the bucket.
     *
     * @param runs names of files by run, the newest last, runs without a commit mark included
     * @param strays keys that are no file of a run
     */
    record InBucket(NavigableMap<RunId, Set<String>> runs, Set<String> strays) {
        InBucket() {
            this(new TreeMap<>(BY_START), new TreeSet<>());
        }

        Set<String> names(RunId run) {
            return runs.getOrDefault(run, Set.of());
        }
    }

    Path inHome(RunId run) {
        return home.resolve(run.value());
    }

    /** Returns the runs of which the home has the commit mark. */
    NavigableSet<RunId> publishedInHome() {
        NavigableSet<RunId> runs = new TreeSet<>(BY_START);
        if (!Files.isDirectory(home)) {
            return runs;
        }
        try (Stream<Path> folders = Files.list(home)) {
            folders.map(folder -> String.valueOf(folder.getFileName()))
                    .filter(RunId::isRunId)
                    .map(RunId::new)
                    .filter(run -> isPublished(names(inHome(run))))
                    .forEach(runs::add);
            return runs;
        } catch (IOException | UncheckedIOException e) {
            throw unreadable(home, e);
        }
    }

    static boolean isPublished(Set<String> names) {
        return names.contains(RunFile.RUN_JSON_SHA256.fileName());
    }

    /** Returns the names of what is in a folder, none where there is no such folder. */
    static Set<String> names(Path folder) {
        Set<String> names = new TreeSet<>();
        if (!Files.isDirectory(folder)) {
            return names;
        }
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(file -> names.add(String.valueOf(file.getFileName())));
            return names;
        } catch (IOException | UncheckedIOException e) {
            throw unreadable(folder, e);
        }
    }

    InBucket inBucket() {
        return list(prefix + "runs/");
    }

    InBucket inBucket(RunId run) {
        return list(directory(run));
    }

    private InBucket list(String from) {
        InBucket found = new InBucket();
        try (Stream<ObjectHead> listing = store.list(from)) {
            for (Iterator<ObjectHead> all = listing.iterator(); all.hasNext(); ) {
                sort(all.next().key(), found);
            }
            return found;
        } catch (UncheckedIOException e) {
            throw unusable(from, e);
        }
    }

    private void sort(String key, InBucket found) {
        Matcher parts = KEY.matcher(key.substring((prefix + "runs/").length()));
        if (parts.matches() && RunId.isRunId(parts.group(1))) {
            RunId run = new RunId(parts.group(1));
            if (key.startsWith(directory(run))) {
                found.runs().computeIfAbsent(run, id -> new TreeSet<>()).add(parts.group(2));
                return;
            }
        }
        found.strays().add(key);
    }

    /** Returns the key under which the bucket has a file of a run. */
    String key(RunId run, String name) {
        return directory(run) + name;
    }

    private String directory(RunId run) {
        String key = RunFile.RUN_JSON.key(prefix, run);
        return key.substring(0, key.length() - RunFile.RUN_JSON.fileName().length());
    }

    /**
     * Copies files of a run from the bucket into a folder, over those that an earlier try has left there.
     *
     * @throws IOException if the disk does not take them
     */
    void fetch(RunId run, Collection<String> names, Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String name : names) {
            try (OutputStream out = Files.newOutputStream(folder.resolve(name))) {
                copy(key(run, name), out);
            }
        }
    }

    private void copy(String key, OutputStream out) throws IOException {
        try (InputStream in = open(key)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = read(in, buffer, key); n > 0; n = read(in, buffer, key)) {
                out.write(buffer, 0, n);
            }
        }
    }

    /**
     * Tells whether an object of the bucket has the bytes of a file.
     *
     * <p>They are held against each other: two digests of a large manifest cost several times as much.
     *
     * @throws IOException if the file cannot be read
     */
    boolean isCopy(String key, Path file) throws IOException {
        byte[] original = new byte[BUFFER_BYTES];
        byte[] copy = new byte[BUFFER_BYTES];
        try (InputStream here = Files.newInputStream(file);
                InputStream there = open(key)) {
            int read;
            do {
                read = here.readNBytes(original, 0, BUFFER_BYTES);
                if (!Arrays.equals(original, 0, read, copy, 0, read(there, copy, key))) {
                    return false;
                }
            } while (read > 0);
            return true;
        }
    }

    private InputStream open(String key) {
        try {
            return store.open(key);
        } catch (IOException e) {
            throw unusable(key, e);
        }
    }

    /** Fills the buffer, unless the object ends; returns how many bytes there were. */
    private static int read(InputStream in, byte[] buffer, String key) {
        try {
            return in.readNBytes(buffer, 0, buffer.length);
        } catch (IOException e) {
            throw unusable(key, e);
        }
    }

    private static StopException unreadable(Path folder, Exception e) {
        return new StopException(
                "The folder " + folder + " cannot be read (" + e.getMessage()
                        + "). Make it readable for this user, or set archiver.home.",
                e);
    }

    /** Says that a part of the evidence could not be had, which is no verdict on it. */
    static StopException unusable(String key, Exception e) {
        return new StopException(
                "The store did not deliver " + key + " (" + e.getMessage() + "). Nothing is known of it: try again.",
                e);
    }
}
