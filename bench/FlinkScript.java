// Runs SQL statements, one per file, on an embedded Flink; the last one is a bounded job that runs twice. Says what the
// second run cost: `FlinkScript BROKER_PID FILE…`.
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

public final class FlinkScript {
    private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    public static void main(String[] arguments) throws Exception {
        String job = arguments[arguments.length - 1];
        try (EmbeddedFlink flink = new EmbeddedFlink(256, 128)) {
            for (int i = 1; i < arguments.length - 1; i++) {
                flink.execute(arguments[i]);
            }
            flink.execute(job).await();
            System.gc();
            Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // the peak counts from here
            double cpu = SYSTEM.getProcessCpuTime() / 1e9;
            double broker = brokerCpu(arguments[0]);
            long began = System.nanoTime();
            flink.execute(job).await();
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
