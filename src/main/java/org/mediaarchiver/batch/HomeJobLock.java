package org.mediaarchiver.batch;

/** Where the tables are in the home, the home's own lock keeps all other processes out. */
final class HomeJobLock implements JobLock {
    @Override
    public void take(int archiveId, String job) {
        // Whoever has come here holds the home.
    }

    @Override
    public void requireHeld() {
        // A lock of the operating system is not lost.
    }

    @Override
    public void requireAlone(int archiveId) {
        // Whoever has come here holds the home.
    }

    @Override
    public boolean isHeldElsewhere(int archiveId, String job) {
        return false;
    }

    @Override
    public void close() {
        // The home is closed by whoever opened it.
    }
}
