package org.mediaarchiver.domain;

import org.jspecify.annotations.Nullable;

/**
 * How closely an audit looks, and at which objects.
 *
 * @param slice the part of all objects that is looked at, null for all
 * @param sample how many of them are chosen at random, null for all
 */
public record AuditExtent(
        AuditMode mode, @Nullable Slice slice, @Nullable Sample sample) {
    /** @throws IllegalArgumentException if objects are chosen and the mode looks at none */
    public AuditExtent {
        if (!mode.includes(AuditMode.LIST) && (slice != null || sample != null)) {
            throw new IllegalArgumentException("mode " + mode.word() + " looks at no object, so none can be chosen");
        }
    }

    /** Returns the extent that takes in every object. */
    public static AuditExtent allObjects(AuditMode mode) {
        return new AuditExtent(mode, null, null);
    }

    /** Returns the extent with this seed where it has a sample without one. */
    public AuditExtent orSeed(long drawn) {
        return sample == null ? this : new AuditExtent(mode, slice, sample.orSeed(drawn));
    }
}
