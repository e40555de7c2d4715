// Runs SQL statements, one per file, on an embedded Flink with one slot; the last one is a bounded job that runs twice. Says
// what the second run cost: `FlinkScript BROKER_PID FILE…`.
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

public final class FlinkScript {
    private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    public static void main(String[] arguments) throws Exception {
        Configuration configuration = new Configuration();
        String[][] settings = {
            {"rest.address", "127.0.0.1"}, {"rest.bind-address", "127.0.0.1"}, {"rest.bind-port", "0"},
            {"taskmanager.memory.managed.size", "256m"}, {"taskmanager.memory.network.max", "128m"},
            {"taskmanager.memory.network.min", "128m"}, {"parallelism.default", "1"}, {"execution.runtime-mode", "STREAMING"},
            {"restart-strategy.type", "none"}, {"table.exec.sink.require-on-conflict", "false"}};  // the default of Millstream
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
            for (int i = 1; i < arguments.length - 1; i++) {
                tables.executeSql(Files.readString(Path.of(arguments[i])));
            }
            String job = Files.readString(Path.of(arguments[arguments.length - 1]));
            tables.executeSql(job).await();
            System.gc();
            Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // the peak counts from here
            double cpu = SYSTEM.getProcessCpuTime() / 1e9;
            double broker = brokerCpu(arguments[0]);
            long began = System.nanoTime();
            tables.executeSql(job).await();
            System.out.printf(Locale.ROOT, "{\"cpu_s\":%.3f,\"broker_cpu_s\":%.3f,\"total_s\":%.3f,\"peak_rss_mb\":%.1f}%n",
                    SYSTEM.getProcessCpuTime() / 1e9 - cpu, brokerCpu(arguments[0]) - broker, (System.nanoTime() - began) / 1e9, peak());
        }
        System.exit(0);
    }

    // Linux counts in hundredths of a second.
    private static double brokerCpu(String process) throws Exception {
        String line = Files.readString(Path.of("/proc", process, "stat"));
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    }

    private static double peak() throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
            }
        }
        return 0;
    }
}
