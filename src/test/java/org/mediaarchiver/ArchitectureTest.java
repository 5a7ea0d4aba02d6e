package org.mediaarchiver;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.TryCatchBlock;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.conditions.ArchPredicates;
import java.time.Clock;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.mediaarchiver.testing.S3Server;

/** The rules of the house, each with its reason. */
@AnalyzeClasses(
        packages = "org.mediaarchiver",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.DoNotIncludeTestClasses.class})
class ArchitectureTest {
    /** ArchUnit's own option knows them below {@code target} alone. */
    static final class DoNotIncludeTestClasses implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("/test-classes/");
        }
    }

    /** Where a failure of any kind is the last thing that a thread or the process can meet. */
    private static final Set<String> OUTERMOST =
            Set.of("org.mediaarchiver.batch.LookAhead", "org.mediaarchiver.batch.LookAheadReader");

    @ArchTest
    static void allClassesAreScanned(JavaClasses classes) {
        assertThat(classes.size())
                .as("rules that see no classes hold for everything")
                .isGreaterThan(80);
    }

    @ArchTest
    static final ArchRule layers = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("root")
            .definedBy("org.mediaarchiver")
            .layer("batch")
            .definedBy("org.mediaarchiver.batch..")
            .layer("audit")
            .definedBy("org.mediaarchiver.audit..")
            .layer("manifest")
            .definedBy("org.mediaarchiver.manifest..")
            .layer("ledger")
            .definedBy("org.mediaarchiver.ledger..")
            .layer("archive")
            .definedBy("org.mediaarchiver.archive..")
            .layer("storage")
            .definedBy("org.mediaarchiver.storage..")
            .layer("media")
            .definedBy("org.mediaarchiver.media..")
            .layer("taskservice")
            .definedBy("org.mediaarchiver.taskservice..")
            .layer("http")
            .definedBy("org.mediaarchiver.http..")
            .layer("monitoring")
            .definedBy("org.mediaarchiver.monitoring..")
            .layer("tasklist")
            .definedBy("org.mediaarchiver.tasklist..")
            .layer("domain")
            .definedBy("org.mediaarchiver.domain..")
            .whereLayer("root")
            .mayOnlyAccessLayers("batch", "domain")
            .whereLayer("audit")
            .mayOnlyAccessLayers("domain", "manifest", "storage", "archive")
            .whereLayer("manifest")
            .mayOnlyAccessLayers("domain", "ledger", "storage")
            .whereLayer("ledger")
            .mayOnlyAccessLayers("domain")
            .whereLayer("archive")
            .mayOnlyAccessLayers("domain", "taskservice", "media", "storage")
            .whereLayer("storage")
            .mayOnlyAccessLayers("domain")
            .whereLayer("media")
            .mayOnlyAccessLayers("domain", "http")
            .whereLayer("taskservice")
            .mayOnlyAccessLayers("domain", "http")
            .whereLayer("monitoring")
            .mayOnlyAccessLayers("domain", "http")
            .whereLayer("http")
            .mayOnlyAccessLayers("domain")
            .whereLayer("tasklist")
            .mayOnlyAccessLayers("domain")
            .whereLayer("domain")
            .mayNotAccessAnyLayer()
            .because("a reader of one room must not have to know the others");

    @ArchTest
    static final ArchRule noCycles = slices().matching("org.mediaarchiver.(*)..")
            .should()
            .beFreeOfCycles()
            .because("rooms that need each other are one room");

    @ArchTest
    static final ArchRule springStaysOutside = noClasses()
            .that()
            .resideInAnyPackage(
                    "org.mediaarchiver.domain..",
                    "org.mediaarchiver.tasklist..",
                    "org.mediaarchiver.taskservice..",
                    "org.mediaarchiver.http..",
                    "org.mediaarchiver.monitoring..",
                    "org.mediaarchiver.media..",
                    "org.mediaarchiver.storage..",
                    "org.mediaarchiver.archive..",
                    "org.mediaarchiver.manifest..",
                    "org.mediaarchiver.audit..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.springframework..")
            .because("what happens to a task can then be read and tested without a framework");

    @ArchTest
    static final ArchRule awsSdkOnlyInStorage = noClasses()
            .that()
            .resideOutsideOfPackage("org.mediaarchiver.storage..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("software.amazon..")
            .because("a store is known by its port alone");

    @ArchTest
    static final ArchRule httpClientOnlyWhereRequestsAreMade = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "org.mediaarchiver.http..",
                    "org.mediaarchiver.taskservice..",
                    "org.mediaarchiver.media..",
                    "org.mediaarchiver.monitoring..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.hc..", "java.net.http..")
            .because("every request to the outside goes through the guard or carries the token on purpose");

    @ArchTest
    static final ArchRule noUrl = noClasses()
            .should()
            .dependOnClassesThat()
            .areAssignableTo(java.net.URL.class)
            .because("java.net.URL and java.net.URI disagree on hostile URLs, and one of them has to be the truth");

    @ArchTest
    static final ArchRule noClockOfOnesOwn = noClasses()
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class)
            .because("time comes from an injected InstantSource");

    @ArchTest
    static final ArchRule namesSayWhatAClassIs = noClasses()
            .should()
            .haveSimpleNameEndingWith("Manager")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Utils")
            .orShould()
            .haveSimpleNameEndingWith("Impl")
            .because("such a name fits anything");

    @ArchTest
    static final ArchRule noBooleanParameters = methods()
            .that()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .arePublic()
            .and()
            .areDeclaredInClassesThat()
            .areNotRecords()
            .should(notTakeABoolean())
            .because("a call with true in it does not say what it asks for");

    @ArchTest
    static final ArchRule onlyOutermostHandlersCatchEverything = noClasses()
            .that(ArchPredicates.are(new com.tngtech.archunit.base.DescribedPredicate<JavaClass>("not outermost") {
                @Override
                public boolean test(JavaClass type) {
                    return !OUTERMOST.contains(type.getName());
                }
            }))
            .should(catchEverything())
            .because("a handler that takes everything hides bugs");

    @ArchTest
    static void everyPackageIsNullMarked(JavaClasses classes) {
        Set<String> unmarked = classes.stream()
                .map(JavaClass::getPackage)
                .filter(room -> !room.isAnnotatedWith(NullMarked.class))
                .map(room -> room.getName())
                .collect(Collectors.toSet());
        assertThat(unmarked).as("packages that are not @NullMarked").isEmpty();
    }

    /** A site audits its bucket when it is closed. */
    @ArchTest
    static void noEndToEndTestGoesWithoutTheAuditThatASiteEndsWith(JavaClasses ignored) {
        Set<String> starters = new ClassFileImporter()
                .importPackages("org.mediaarchiver.e2e").stream()
                        .flatMap(type -> type.getMethodCallsFromSelf().stream())
                        .filter(call -> call.getTargetOwner().isEquivalentTo(S3Server.class)
                                && call.getName().equals("start"))
                        .map(call -> call.getOriginOwner().getSimpleName())
                        .collect(Collectors.toSet());
        assertThat(starters).as("end-to-end tests that start an S3 server").containsExactly("Site");
    }

    private static ArchCondition<com.tngtech.archunit.core.domain.JavaMethod> notTakeABoolean() {
        return new ArchCondition<>("not take a boolean") {
            @Override
            public void check(com.tngtech.archunit.core.domain.JavaMethod method, ConditionEvents events) {
                boolean takes = method.getRawParameterTypes().stream()
                        .anyMatch(type -> type.getName().equals("boolean"));
                if (takes && !method.getModifiers().contains(JavaModifier.SYNTHETIC)) {
                    events.add(SimpleConditionEvent.violated(method, method.getFullName() + " takes a boolean"));
                }
            }
        };
    }

    private static ArchCondition<JavaClass> catchEverything() {
        return new ArchCondition<>("catch Exception or Throwable") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                type.getCodeUnits().stream()
                        .flatMap(unit -> unit.getTryCatchBlocks().stream())
                        .map(TryCatchBlock::getCaughtThrowables)
                        .flatMap(Set::stream)
                        .map(JavaClass::getName)
                        .filter(name -> name.equals("java.lang.Exception") || name.equals("java.lang.RuntimeException"))
                        .forEach(name ->
                                events.add(SimpleConditionEvent.satisfied(type, type.getName() + " catches " + name)));
            }
        };
    }
}
