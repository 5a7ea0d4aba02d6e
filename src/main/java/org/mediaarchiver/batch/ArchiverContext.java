package org.mediaarchiver.batch;

import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
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
            Settings.Tables tables(ConfigurableApplicationContext starting) {
                Settings settings = SettingsReader.read(starting.getEnvironment());
                starting.getBeanFactory().registerSingleton("settings", settings);
                return settings.tables();
            }
        }.open(configuration);
    }

    /** Opens what a listing needs: the home and its tables. */
    public static ArchiverContext forListing(List<String> configuration) {
        return new Opening(LedgerConfiguration.class) {
            @Override
            Settings.Tables tables(ConfigurableApplicationContext starting) {
                return SettingsReader.readForListing(starting.getEnvironment());
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

        abstract Settings.Tables tables(ConfigurableApplicationContext starting);

        @Override
        public void initialize(ConfigurableApplicationContext starting) {
            Settings.Tables tables = tables(starting);
            Home home = Home.open(tables.home(), InstantSource.system());
            opened.set(home);
            starting.getBeanFactory().registerSingleton("home", home);
            // First, because a blank variable would count as a database's URL elsewhere: that of one in memory.
            starting.getEnvironment()
                    .getPropertySources()
                    .addFirst(new MapPropertySource("database", DataSourceProperties.of(tables)));
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
    }
}
