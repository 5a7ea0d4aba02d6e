package org.mediaarchiver.batch;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Map;

/**
 * What becomes of a process that is asked to end while it is ending in good order.
 *
 * <p>The JDK takes no further notice of signals once its shutdown has begun. The one way to hear of them is a class of its
 * {@code jdk.unsupported} module, which the compiler cannot be kept from warning about: hence by reflection.
 */
final class SecondSignal {
    private static final Map<String, Integer> EXIT_CODES = Map.of("INT", 130, "TERM", 143);

    private SecondSignal() {}

    /**
     * From now on Ctrl-C and SIGTERM end the process at once, as a kill would, with the exit code of that signal.
     *
     * @throws IllegalStateException if this JVM has no such class
     */
    static void endsTheProcess() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            for (Map.Entry<String, Integer> code : EXIT_CODES.entrySet()) {
                InvocationHandler halt = (proxy, method, arguments) -> {
                    Runtime.getRuntime().halt(code.getValue());
                    return null;
                };
                Object halting = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, halt);
                signal.getMethod("handle", signal, handler)
                        .invoke(null, signal.getConstructor(String.class).newInstance(code.getKey()), halting);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("signals cannot be handled", e);
        }
    }
}
