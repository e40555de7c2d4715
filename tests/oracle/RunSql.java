// Runs SQL statements, one per file, on an embedded Flink; the last one is a job, which runs until standard input ends:
// `RunSql FILE…`.
import org.apache.flink.core.execution.JobClient;

public final class RunSql {
    public static void main(String[] files) throws Exception {
        try (EmbeddedFlink flink = new EmbeddedFlink(128, 64, new String[] {"execution.checkpointing.interval", "1 s"})) {
            for (int i = 0; i < files.length - 1; i++) {
                flink.execute(files[i]);
            }
            watch(flink.execute(files[files.length - 1]).getJobClient().orElseThrow()).start();
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
        }
        System.exit(0);
    }

    // A job that ends by itself has failed: the reason goes to standard error.
    private static Thread watch(JobClient job) {
        Thread thread = new Thread(() -> {
            try {
                job.getJobExecutionResult().get();
            } catch (Exception error) {
                error.printStackTrace();
            }
            System.exit(1);
        });
        thread.setDaemon(true);
        return thread;
    }
}
