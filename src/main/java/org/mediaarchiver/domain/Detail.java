package org.mediaarchiver.domain;

/**
 * One sentence of our own about a failure, for the manifest's {@code error_detail}.
 *
 * <p>Printable ASCII without commas and quotes, at most 200 characters; anything else is replaced, so that every detail is a safe
 * CSV cell. It is composed from templates, numbers and host names: never from the body of an answer or the message of an
 * exception.
 *
 * @param text the sentence
 */
public record Detail(String text) {
    private static final int LIMIT = 200;

    public Detail {
        StringBuilder safe = new StringBuilder(Math.min(text.length(), LIMIT));
        for (int i = 0; i < text.length() && safe.length() < LIMIT; i++) {
            char c = text.charAt(i);
            if (c == ',') {
                safe.append(';');
            } else if (c < ' ' || c > '~' || c == '"') {
                safe.append('?');
            } else if (safe.isEmpty() && (c == '=' || c == '+' || c == '-' || c == '@')) {
                safe.append('?');
            } else {
                safe.append(c);
            }
        }
        text = safe.toString();
    }

    @Override
    public String toString() {
        return text;
    }
}
