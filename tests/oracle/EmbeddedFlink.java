// A Flink cluster with one slot inside this JVM, and the tables of one streaming session on it.
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

public final class EmbeddedFlink implements AutoCloseable {
    private final MiniCluster cluster;
    private final StreamTableEnvironment tables;

    // Managed memory is for sorting and state, network memory for what tasks send one another.
    public EmbeddedFlink(int managedMegabytes, int networkMegabytes, String[]... more) throws Exception {
        Configuration configuration = new Configuration();
        String network = networkMegabytes + "m";
        String[][] settings = {
            {"rest.address", "127.0.0.1"}, {"rest.bind-address", "127.0.0.1"}, {"rest.bind-port", "0"},
            {"taskmanager.memory.managed.size", managedMegabytes + "m"},
            {"taskmanager.memory.network.max", network}, {"taskmanager.memory.network.min", network},
            {"parallelism.default", "1"}, {"execution.runtime-mode", "STREAMING"}, {"restart-strategy.type", "none"},
            {"table.exec.sink.require-on-conflict", "false"}};  // the default of Millstream
        for (String[] setting : settings) {
            configuration.setString(setting[0], setting[1]);
        }
        for (String[] setting : more) {
            configuration.setString(setting[0], setting[1]);
        }
        cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration).setNumTaskManagers(1).setNumSlotsPerTaskManager(1).build());
        cluster.start();
        StreamExecutionEnvironment remote = StreamExecutionEnvironment.createRemoteEnvironment(
                "127.0.0.1", cluster.getRestAddress().get().getPort(), configuration);
        tables = StreamTableEnvironment.create(
                remote, EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(configuration).build());
        tables.getConfig().setLocalTimeZone(java.time.ZoneId.of("UTC"));
    }

    // The one statement in the file.
    public TableResult execute(String file) throws Exception {
        return tables.executeSql(Files.readString(Path.of(file)));
    }

    @Override
    public void close() throws Exception {
        cluster.close();
    }
}
