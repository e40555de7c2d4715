// Runs SQL statements, one per file, on an embedded Flink with one slot; the last one is a job, which runs until standard
// input ends: `RunSql FILE…`.
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

public final class RunSql {
    public static void main(String[] files) throws Exception {
        Configuration configuration = new Configuration();
        String[][] settings = {
            {"rest.address", "127.0.0.1"}, {"rest.bind-address", "127.0.0.1"}, {"rest.bind-port", "0"},
            {"taskmanager.memory.managed.size", "128m"}, {"taskmanager.memory.network.max", "64m"},
            {"taskmanager.memory.network.min", "64m"}, {"parallelism.default", "1"}, {"execution.runtime-mode", "STREAMING"},
            {"execution.checkpointing.interval", "1 s"}, {"restart-strategy.type", "none"},
            {"table.exec.sink.require-on-conflict", "false"}};  // the default of Millstream
        for (String[] setting : settings) {
            configuration.setString(setting[0], setting[1]);
        }
        MiniClusterConfiguration shape = new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration).setNumTaskManagers(1).setNumSlotsPerTaskManager(1).build();
        try (MiniCluster cluster = new MiniCluster(shape)) {
            cluster.start();
            StreamExecutionEnvironment remote = StreamExecutionEnvironment.createRemoteEnvironment(
                    "127.0.0.1", cluster.getRestAddress().get().getPort(), configuration);
            StreamTableEnvironment tables = StreamTableEnvironment.create(
                    remote, EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(configuration).build());
            tables.getConfig().setLocalTimeZone(java.time.ZoneId.of("UTC"));
            var last = tables.executeSql(Files.readString(Path.of(files[0])));
            for (int i = 1; i < files.length; i++) {
                last = tables.executeSql(Files.readString(Path.of(files[i])));
            }
            Thread failure = watch(last.getJobClient().orElseThrow());
            failure.start();
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
        }
        System.exit(0);
    }

    // A job that ends by itself has failed: the reason goes to standard error.
    private static Thread watch(org.apache.flink.core.execution.JobClient job) {
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
