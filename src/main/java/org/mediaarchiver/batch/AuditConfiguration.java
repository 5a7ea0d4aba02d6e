package org.mediaarchiver.batch;

import java.time.InstantSource;
import java.util.Objects;
import org.mediaarchiver.storage.S3ObjectStore;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.info.ProjectInfoAutoConfiguration;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;

/** Puts together what an audit needs; {@link Settings.Reading} is there before the application context is. */
@SpringBootConfiguration(proxyBeanMethods = false)
@ImportAutoConfiguration(ProjectInfoAutoConfiguration.class)
public class AuditConfiguration {

    @Bean
    InstantSource clock() {
        return InstantSource.system();
    }

    @Bean
    S3ObjectStore objectStore(Settings.Reading settings, InstantSource clock) {
        Settings.Storage storage = settings.storage();
        return new S3ObjectStore(RoomSettings.s3(storage, settings.concurrency(), storage.bucket()), clock);
    }

    @Bean
    Audits audits(Settings.Reading settings, S3ObjectStore store, InstantSource clock, BuildProperties build) {
        return new Audits(settings, store, clock, Objects.toString(build.getVersion()));
    }
}
