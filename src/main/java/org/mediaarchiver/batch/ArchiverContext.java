package org.mediaarchiver.batch;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.config.ConfigDataNotFoundException;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;

/**
 * What a command works with: its settings, the home's lock, the database, and the rooms.
 *
 * <p>Settings are read and the lock is taken before a database is opened: two processes in one database file would destroy it.
 */
public final class ArchiverContext implements AutoCloseable {
    private final ConfigurableApplicationContext context;
    private final Runnable release;

    /** @param release lets go of what was taken before the application context was there */
    private ArchiverContext(ConfigurableApplicationContext context, Runnable release) {
        this.context = context;
        this.release = release;
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
            Settings.Tables tables(ConfigurableApplicationContext starting) {
                Settings settings = SettingsReader.read(starting.getEnvironment());
                starting.getBeanFactory().registerSingleton("settings", settings);
                return settings.tables();
            }
        }.open(configuration);
    }

    /** Opens what a listing needs: the tables, and the home, which is held only where the tables are in it. */
    public static ArchiverContext forListing(List<String> configuration) {
        return new Opening(LedgerConfiguration.class) {
            @Override
            Settings.Tables tables(ConfigurableApplicationContext starting) {
                return SettingsReader.readForListing(starting.getEnvironment());
            }

            @Override
            Home home(Settings.Tables tables) {
                return tables.postgres() == null ? super.home(tables) : Home.look(tables.home());
            }
        }.open(configuration);
    }

    /**
     * Opens what making a ledger anew needs: the home and its tables, and the bucket.
     *
     * @throws ConfigurationException if a setting that it needs is missing or wrong, or any is unknown
     * @throws Home.LockedException if another process holds the home
     */
    public static ArchiverContext forRebuild(List<String> configuration) {
        return new Opening(RebuildConfiguration.class) {
            @Override
            Settings.Tables tables(ConfigurableApplicationContext starting) {
                Settings.Reading settings = SettingsReader.readForReading(starting.getEnvironment());
                starting.getBeanFactory().registerSingleton("settings", settings);
                return SettingsReader.readForListing(starting.getEnvironment());
            }
        }.open(configuration);
    }

    /**
     * Opens what an audit needs: the bucket, and a folder and a database of its own. The home is neither locked nor is its database
     * opened.
     *
     * @throws ConfigurationException if a setting that it needs is missing or wrong, or any is unknown, or if the request does not go
     *     with the configuration
     * @throws org.mediaarchiver.domain.StopException if there is no place for the folder
     */
    public static ArchiverContext forAudit(List<String> configuration, AuditRequest request) {
        AtomicReference<AuditWorkplace> opened = new AtomicReference<>();
        SpringApplication application = new SpringApplication(AuditConfiguration.class);
        application.addInitializers(starting -> {
            Settings.Reading settings = SettingsReader.readForReading(starting.getEnvironment());
            AuditWorkplace workplace = AuditWorkplace.open(
                    settings.home(), request.words(settings.storage()), request.start(), InstantSource.system());
            opened.set(workplace);
            starting.getBeanFactory().registerSingleton("request", request);
            starting.getBeanFactory().registerSingleton("settings", settings);
            starting.getBeanFactory().registerSingleton("workplace", workplace);
            // First, because the home's database may be configured, and is another one.
            Map<String, Object> database = new HashMap<>(
                    DataSourceProperties.ofFiles(workplace.work().resolve("db").resolve("audit")));
            database.put("spring.datasource.password", "");
            database.put("spring.batch.jdbc.initialize-schema", "always");
            starting.getEnvironment().getPropertySources().addFirst(new MapPropertySource("audit", database));
        });
        return open(application, configuration, () -> {
            AuditWorkplace workplace = opened.get();
            if (workplace != null) {
                workplace.close();
            }
        });
    }

    /**
     * Opens what trying the configuration needs. The home is neither made nor locked, and no database is opened.
     *
     * @throws ConfigurationException if a setting is missing, wrong or unknown
     */
    public static ArchiverContext forDoctor(List<String> configuration) {
        SpringApplication application = new SpringApplication(DoctorConfiguration.class);
        application.addInitializers(starting -> starting.getBeanFactory()
                .registerSingleton("settings", SettingsReader.read(starting.getEnvironment())));
        // What trials find is told; the log would tell it once more.
        application.setDefaultProperties(Map.of("logging.level.org.mediaarchiver.storage", "warn"));
        return open(application, configuration, () -> {});
    }

    private static ArchiverContext open(SpringApplication application, List<String> configuration, Runnable release) {
        boolean complete = false;
        try {
            ConfigurableApplicationContext context = application.run(configuration.toArray(String[]::new));
            complete = true;
            return new ArchiverContext(context, release);
        } catch (ConfigDataNotFoundException e) {
            // Spring has said which file it is by now.
            throw new ConfigurationException(
                    List.of(
                            "A configuration file that was named does not exist: correct its path, or put optional: before it."));
        } finally {
            if (!complete) {
                release.run();
            }
        }
    }

    /** Returns the one component of this type. */
    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    @Override
    public void close() {
        try {
            context.close();
        } finally {
            release.run();
        }
    }

    private abstract static class Opening implements ApplicationContextInitializer<ConfigurableApplicationContext> {
        private final Class<?> source;
        private final AtomicReference<Home> opened = new AtomicReference<>();

        Opening(Class<?> source) {
            this.source = source;
        }

        abstract Settings.Tables tables(ConfigurableApplicationContext starting);

        Home home(Settings.Tables tables) {
            return Home.open(tables.home(), InstantSource.system());
        }

        @Override
        public void initialize(ConfigurableApplicationContext starting) {
            Settings.Tables tables = tables(starting);
            Home home = home(tables);
            opened.set(home);
            starting.getBeanFactory().registerSingleton("home", home);
            starting.getBeanFactory().registerSingleton("tables", tables);
            // First, because a blank variable would count as a database's URL elsewhere: that of one in memory.
            starting.getEnvironment()
                    .getPropertySources()
                    .addFirst(new MapPropertySource("database", DataSourceProperties.of(tables)));
        }

        ArchiverContext open(List<String> configuration) {
            SpringApplication application = new SpringApplication(source);
            application.addInitializers(this);
            return ArchiverContext.open(application, configuration, () -> {
                Home home = opened.get();
                if (home != null) {
                    home.close();
                }
            });
        }
    }
}
