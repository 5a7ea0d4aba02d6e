package org.mediaarchiver.testing;

import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * Halts the program at a {@link HaltPoint} as a kill would: at once, with nothing closed, and with a killed process's exit code.
 *
 * <p>It is a Java agent, so the program has no part in it: a call is put into the one method before the program begins. A JVM that
 * is started with an agent lets none of its classes come from the cache, so this one is attached by its own process.
 */
public final class HaltAgent {
    /** How the line begins in which it says that it halts the process. */
    static final String HALTED = "halted at ";

    /** What starts the program under this agent; it is in the agent's jar. */
    static final String MAIN_CLASS = "HaltedProgram";

    private static final String PROGRAM = "org.mediaarchiver.MediaArchiver";
    private static final ClassDesc AGENT = HaltAgent.class.describeConstable().orElseThrow();
    private static final int EXIT_CODE = 137;
    private static final AtomicInteger CALLS = new AtomicInteger();
    private static @Nullable HaltPoint point;

    private HaltAgent() {}

    /**
     * Begins the program, with the call in its place.
     *
     * @param arguments the jar of this agent and the point, and then those of the program
     */
    public static void begin(String[] arguments) throws Exception {
        point = HaltPoint.parse(arguments[1]);
        VirtualMachine self =
                VirtualMachine.attach(Long.toString(ProcessHandle.current().pid()));
        self.loadAgent(arguments[0]);
        self.detach();
        Method main = Class.forName(PROGRAM).getDeclaredMethod("main", String[].class);
        main.setAccessible(true);
        main.invoke(null, (Object) Arrays.copyOfRange(arguments, 2, arguments.length));
    }

    /** Called by the JVM once it is attached: classes from the cache are there already. */
    public static void agentmain(String ignored, Instrumentation instrumentation) throws Exception {
        HaltPoint wanted = Objects.requireNonNull(point);
        instrumentation.addTransformer(new Weaver(wanted), true);
        instrumentation.retransformClasses(
                Class.forName(wanted.className(), false, ClassLoader.getSystemClassLoader()));
    }

    /**
     * Called by the program where it was told to.
     *
     * @param scene what the method is called on, null for a static one, and its arguments
     */
    public static void reached(@Nullable Object[] scene) throws IllegalAccessException {
        HaltPoint here = Objects.requireNonNull(point);
        if (here.seen().matcher(text(scene)).find() && CALLS.incrementAndGet() == here.call()) {
            System.err.println(HALTED + here.type() + "." + here.method());
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }

    private static String text(@Nullable Object[] scene) throws IllegalAccessException {
        StringBuilder text = new StringBuilder();
        Object receiver = scene[0];
        if (receiver != null) {
            for (Field field : receiver.getClass().getDeclaredFields()) {
                field.setAccessible(true);
                text.append(field.get(receiver)).append(' ');
            }
        }
        for (Object seen : scene) {
            text.append(seen).append(' ');
        }
        return text.toString();
    }

    /** Makes a jar of this agent from its own class files. */
    static void writeJar(Path jar) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Agent-Class", HaltAgent.class.getName());
        manifest.getMainAttributes().putValue("Can-Retransform-Classes", "true");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (Class<?> type :
                    List.of(HaltAgent.class, Weaver.class, Weaver.Call.class, HaltPoint.class, HaltPoint.Side.class)) {
                String name = type.getName().replace('.', '/') + ".class";
                out.putNextEntry(new JarEntry(name));
                try (InputStream bytes = Objects.requireNonNull(type.getResourceAsStream("/" + name), name)) {
                    bytes.transferTo(out);
                }
            }
            out.putNextEntry(new JarEntry(MAIN_CLASS + ".class"));
            out.write(mainClass());
        }
    }

    /** Makes the class that is started. It is no source file: the build takes the one test class with such a method for the sandbox. */
    private static byte[] mainClass() {
        MethodTypeDesc main = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String.arrayType());
        return ClassFile.of()
                .build(
                        ClassDesc.of(MAIN_CLASS),
                        type -> type.withMethodBody(
                                "main",
                                main,
                                ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                                code -> code.aload(0)
                                        .invokestatic(AGENT, "begin", main)
                                        .return_()));
    }

    /** Puts the call into the one class. */
    private record Weaver(HaltPoint wanted) implements ClassFileTransformer {
        private static final MethodTypeDesc REACHED =
                MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_Object.arrayType());

        @Override
        public byte @Nullable [] transform(
                @Nullable ClassLoader loader,
                String name,
                @Nullable Class<?> redefined,
                ProtectionDomain domain,
                byte[] bytes) {
            if (!name.equals(wanted.className().replace('.', '/'))) {
                return null;
            }
            ClassFile classes = ClassFile.of();
            return classes.transformClass(classes.parse(bytes), (type, element) -> {
                if (element instanceof MethodModel method
                        && method.methodName().equalsString(wanted.method())
                        && method.code().isPresent()
                        // It calls the method that was written, which would then count twice.
                        && !method.flags().has(AccessFlag.BRIDGE)) {
                    type.transformMethod(method, MethodTransform.transformingCode(new Call(method, wanted.side())));
                } else {
                    type.with(element);
                }
            });
        }

        /** The call as code of one method. */
        private record Call(MethodModel method, HaltPoint.Side side) implements CodeTransform {
            @Override
            public void atStart(CodeBuilder code) {
                if (side == HaltPoint.Side.BEFORE) {
                    call(code);
                }
            }

            @Override
            public void accept(CodeBuilder code, CodeElement element) {
                if (side == HaltPoint.Side.AFTER && element instanceof ReturnInstruction) {
                    call(code);
                }
                code.with(element);
            }

            private void call(CodeBuilder code) {
                List<ClassDesc> parameters = method.methodTypeSymbol().parameterList();
                code.loadConstant(parameters.size() + 1).anewarray(ConstantDescs.CD_Object);
                if (!method.flags().has(AccessFlag.STATIC)) {
                    code.dup().loadConstant(0).aload(code.receiverSlot()).aastore();
                }
                for (int i = 0; i < parameters.size(); i++) {
                    if (TypeKind.from(parameters.get(i)) == TypeKind.REFERENCE) {
                        code.dup()
                                .loadConstant(i + 1)
                                .aload(code.parameterSlot(i))
                                .aastore();
                    }
                }
                code.invokestatic(AGENT, "reached", REACHED);
            }
        }
    }
}
