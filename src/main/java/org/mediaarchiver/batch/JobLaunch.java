package org.mediaarchiver.batch;

import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mediaarchiver.domain.StopException;
import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.JobExecution;
import org.springframework.batch.core.job.JobExecutionException;
import org.springframework.batch.core.job.JobInstance;
import org.springframework.batch.core.job.parameters.JobParameters;
import org.springframework.batch.core.launch.JobInstanceAlreadyCompleteException;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.StepExecution;

/** Runs jobs, each to its end or until it is stopped, and goes on with those that were stopped or killed. */
final class JobLaunch {
    private final JobRepository jobRepository;
    private final JobOperator jobOperator;
    private final InstantSource clock;

    JobLaunch(JobRepository jobRepository, JobOperator jobOperator, InstantSource clock) {
        this.jobRepository = jobRepository;
        this.jobOperator = jobOperator;
        this.clock = clock;
    }

    /** How a job ended. */
    enum End {
        /** All its steps are done. */
        COMPLETED,
        /** It was stopped in between; it goes on where it was when it is run again. */
        STOPPED
    }

    /**
     * Runs the job, or what is left of it.
     *
     * <p>To be called by whoever holds the lock of the job: what the tables take for running was killed.
     *
     * @param doom tells, once the job has ended, what doomed it; null where nothing did
     * @throws StopException if something doomed it
     */
    End run(Job job, JobParameters parameters, Supplier<@Nullable StopException> doom) {
        closeWhatAKillLeftOpen(job.getName(), parameters);
        JobExecution execution;
        try {
            execution = jobOperator.start(job, parameters);
        } catch (JobInstanceAlreadyCompleteException ignored) {
            // The answer to its last commit was lost with the connection to the database.
            return End.COMPLETED;
        } catch (JobExecutionException e) {
            throw new IllegalStateException("job " + job.getName() + " cannot be started with " + parameters, e);
        }
        StopException stop = doom.get();
        if (stop != null) {
            throw stop;
        }
        return switch (execution.getStatus()) {
            case COMPLETED -> End.COMPLETED;
            case STOPPED -> End.STOPPED;
            default -> throw failure(execution);
        };
    }

    private void closeWhatAKillLeftOpen(String job, JobParameters parameters) {
        JobInstance begun = jobRepository.getJobInstance(job, parameters);
        if (begun == null) {
            return;
        }
        JobExecution last = jobRepository.getLastJobExecution(begun);
        if (last == null) {
            // It was killed between the two, and would be taken for damaged.
            jobRepository.deleteJobInstance(begun);
            return;
        }
        for (StepExecution step : last.getStepExecutions()) {
            if (isOpen(step.getStatus())) {
                step.setStatus(BatchStatus.FAILED);
                jobRepository.update(step);
            }
        }
        if (isOpen(last.getStatus())) {
            last.setStatus(BatchStatus.FAILED);
            last.setEndTime(LocalDateTime.ofInstant(clock.instant(), ZoneId.systemDefault()));
            jobRepository.update(last);
        }
    }

    private static boolean isOpen(BatchStatus status) {
        return status.isRunning() || status == BatchStatus.UNKNOWN;
    }

    private static RuntimeException failure(JobExecution execution) {
        List<Throwable> failures = execution.getAllFailureExceptions();
        for (Throwable failure : failures) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof StopException stop) {
                    return stop;
                }
            }
        }
        IllegalStateException unexpected = new IllegalStateException("the job ended as " + execution.getStatus());
        failures.forEach(unexpected::addSuppressed);
        return unexpected;
    }
}
