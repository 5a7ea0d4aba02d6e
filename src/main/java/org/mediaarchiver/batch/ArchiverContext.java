package org.mediaarchiver.batch;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.config.ConfigDataNotFoundException;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * What a command works with: its settings, the home's lock, the database, and the rooms.
 *
 * <p>Settings are read and the lock is taken before a database is opened: two processes in one database file would destroy it.
 */
public final class ArchiverContext implements AutoCloseable {
    private final ConfigurableApplicationContext context;
    private final @Nullable Home home;

    private ArchiverContext(ConfigurableApplicationContext context, @Nullable Home home) {
        this.context = context;
        this.home = home;
    }

    /**
     * Opens what a run needs.
     *
     * @param configuration settings given as options, {@code --archiver.concurrency=4} for example
     * @throws ConfigurationException if a setting is missing, wrong or unknown
     * @throws Home.LockedException if another process holds the home
     * @throws org.mediaarchiver.domain.StopException if the home cannot be used
     */
    public static ArchiverContext forRuns(List<String> configuration) {
        return new Opening(ArchiverConfiguration.class) {
            @Override
            Path home(ConfigurableApplicationContext starting) {
                Settings settings = SettingsReader.read(starting.getEnvironment());
                starting.getBeanFactory().registerSingleton("settings", settings);
                return settings.home();
            }
        }.open(configuration);
    }

    /** Opens what a listing needs: the home and its tables. */
    public static ArchiverContext forListing(List<String> configuration) {
        return new Opening(LedgerConfiguration.class) {
            @Override
            Path home(ConfigurableApplicationContext starting) {
                return SettingsReader.home(starting.getEnvironment());
            }
        }.open(configuration);
    }

    /**
     * Opens what an audit needs: the bucket. The home is neither made nor locked, and no database is opened.
     *
     * @throws ConfigurationException if a setting that it needs is missing or wrong, or any is unknown
     */
    public static ArchiverContext forAudit(List<String> configuration) {
        SpringApplication application = new SpringApplication(AuditConfiguration.class);
        application.addInitializers(starting -> starting.getBeanFactory()
                .registerSingleton("settings", SettingsReader.readForReading(starting.getEnvironment())));
        return new ArchiverContext(application.run(configuration.toArray(String[]::new)), null);
    }

    /** Returns the one component of this type. */
    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    @Override
    public void close() {
        try (home) {
            context.close();
        }
    }

    private abstract static class Opening implements ApplicationContextInitializer<ConfigurableApplicationContext> {
        private final Class<?> source;
        private final AtomicReference<Home> opened = new AtomicReference<>();

        Opening(Class<?> source) {
            this.source = source;
        }

        abstract Path home(ConfigurableApplicationContext starting);

        @Override
        public void initialize(ConfigurableApplicationContext starting) {
            Path path = home(starting);
            Home home = Home.open(path, InstantSource.system());
            opened.set(home);
            starting.getBeanFactory().registerSingleton("home", home);
            setDatabase(starting.getEnvironment(), path);
        }

        ArchiverContext open(List<String> configuration) {
            SpringApplication application = new SpringApplication(source);
            application.addInitializers(this);
            boolean complete = false;
            try {
                ConfigurableApplicationContext context = application.run(configuration.toArray(String[]::new));
                complete = true;
                return new ArchiverContext(context, opened.get());
            } catch (ConfigDataNotFoundException e) {
                // Spring has said which file it is by now.
                throw new ConfigurationException(
                        List.of(
                                "A configuration file that was named does not exist: correct its path, or put optional: before it."));
            } finally {
                Home home = opened.get();
                if (!complete && home != null) {
                    home.close();
                }
            }
        }

        private static void setDatabase(ConfigurableEnvironment environment, Path home) {
            // HSQLDB's own lock outlives a killed process by some seconds; ours does not. Newer JDKs warn on standard
            // error of how it unmaps files.
            String url = "jdbc:hsqldb:file:" + home.resolve("db").resolve("archiver")
                    + ";hsqldb.tx=mvcc;hsqldb.write_delay=false;hsqldb.lock_file=false;hsqldb.nio_data_file=false"
                    + ";hsqldb.default_table_type=cached;shutdown=true";
            environment
                    .getPropertySources()
                    .addLast(new MapPropertySource(
                            "home", Map.of("spring.datasource.url", url, "spring.datasource.username", "SA")));
        }
    }
}
