package org.mediaarchiver.batch;

import java.time.InstantSource;
import java.util.Objects;
import org.mediaarchiver.storage.S3ObjectStore;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.info.ProjectInfoAutoConfiguration;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** Puts together what the doctor needs; {@link Settings} are there before the application context is. */
@SpringBootConfiguration(proxyBeanMethods = false)
@ImportAutoConfiguration(ProjectInfoAutoConfiguration.class)
public class DoctorConfiguration {

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    S3ObjectStore objectStore(Settings settings, InstantSource clock) {
        return new S3ObjectStore(RoomSettings.s3ForTrials(settings), clock);
    }

    @Bean
    Doctor doctor(
            Settings settings,
            S3ObjectStore store,
            Environment environment,
            InstantSource clock,
            BuildProperties build) {
        return new Doctor(
                settings,
                RoomSettings.taskService(settings, () -> ArchiverConfiguration.token(settings)),
                store,
                new DatabaseCheckup(settings.tables(), environment.getRequiredProperty("spring.flyway.locations")),
                clock,
                Objects.toString(build.getVersion()));
    }
}
