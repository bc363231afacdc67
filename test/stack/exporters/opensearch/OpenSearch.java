import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One OpenSearch node on loopback, of a PORT and a FOLDER: it ends with its input. */
public class OpenSearch {
    public static void main(String[] args) throws Exception {
        try (OpenSearchRunner runner = new OpenSearchRunner()) {
            runner.onBuild((number, settings) -> settings
                .put("http.port", args[0])
                .put("network.host", "127.0.0.1")
                .put("discovery.type", "single-node"));
            runner.build(OpenSearchRunner.newConfigs()
                .basePath(args[1])
                .clusterName("pahlevan-" + args[0])
                .numOfNode(1));
            runner.ensureYellow();
            System.out.println("it is ready");
            while (System.in.read() >= 0) {}
        }
    }
}
