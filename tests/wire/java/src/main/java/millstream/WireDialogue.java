// Sends one script of requests to two brokers, in every version both speak, and compares the answers field by field.
//
// usage: WireDialogue OURS THEIRS SCRIPT REASONS      OURS and THEIRS are HOST:PORT
// SCRIPT holds one JSON object a line: {"api", "request", "versions" (optional [first, last]), "save" (optional {name: pointer})}.
// In strings, $v is the version, ${name} what an earlier answer of that broker had at a saved pointer. {"$records": {…}} is a record
// batch. REASONS holds lines of API, path, ours, theirs (regular expressions) and why the difference is right, between tabs.
package millstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;

public final class WireDialogue {
    static final ObjectMapper JSON = new ObjectMapper();
    static final long NOW = System.currentTimeMillis();

    static final class Broker implements AutoCloseable {
        final String address;
        final Map<String, String> saved = new HashMap<>();
        final Map<Short, short[]> ranges = new HashMap<>();
        Socket socket;
        int correlation;

        Broker(String address) {
            this.address = address;
        }

        byte[] send(ApiKeys key, short version, byte[] body) throws IOException {
            if (socket == null) {
                int colon = address.lastIndexOf(':');
                socket = new Socket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
                socket.setSoTimeout(20_000);
            }
            short headerVersion = key.requestHeaderVersion(version);
            var header = new RequestHeaderData().setRequestApiKey(key.id).setRequestApiVersion(version).setCorrelationId(++correlation).setClientId("dialogue");
            byte[] head = bytes(header, headerVersion);
            var out = new DataOutputStream(socket.getOutputStream());
            ByteBuffer frame = ByteBuffer.allocate(4 + head.length + body.length).putInt(head.length + body.length).put(head).put(body);
            out.write(frame.array());
            out.flush();
            var in = new DataInputStream(socket.getInputStream());
            try {
                return in.readNBytes(in.readInt());
            } catch (EOFException | java.net.SocketException end) {
                close();
                return null;
            }
        }

        // The answer as JSON; {"closed": true} when the broker closed the connection instead.
        JsonNode ask(ApiKeys key, short version, ApiMessage request) throws Exception {
            byte[] frame = send(key, version, bytes(request, version));
            if (frame == null) return JSON.createObjectNode().put("closed", true);
            var accessor = new ByteBufferAccessor(ByteBuffer.wrap(frame));
            var header = new ResponseHeaderData(accessor, key.responseHeaderVersion(version));
            if (header.correlationId() != correlation) throw new IllegalStateException("an answer to another request");
            ApiMessage response = ApiMessageType.fromApiKey(key.id).newResponse();
            response.read(accessor, version);
            if (accessor.remaining() > 0) throw new IllegalStateException(accessor.remaining() + " bytes behind the answer");
            Class<?> converter = Class.forName(response.getClass().getName() + "JsonConverter");
            for (Method method : converter.getMethods()) {
                if (!method.getName().equals("write") || method.getParameterCount() != 2) continue;
                var json = (JsonNode) method.invoke(null, response, version);
                if (response instanceof FetchResponseData fetched) addRecords(json, fetched);
                return json;
            }
            throw new IllegalStateException(converter.getName());
        }

        @Override
        public void close() throws IOException {
            if (socket != null) socket.close();
            socket = null;
        }
    }

    // The JSON form leaves the records themselves out.
    static void addRecords(JsonNode json, FetchResponseData fetched) {
        for (int i = 0; i < fetched.responses().size(); i++) {
            var partitions = fetched.responses().get(i).partitions();
            for (int j = 0; j < partitions.size(); j++) {
                var node = (ObjectNode) json.get("responses").get(i).get("partitions").get(j);
                if (partitions.get(j).records() instanceof MemoryRecords records) {
                    var copy = new byte[records.sizeInBytes()];
                    records.buffer().duplicate().get(copy);
                    node.put("records", HexFormat.of().formatHex(copy));
                }
            }
        }
    }

    static byte[] bytes(org.apache.kafka.common.protocol.Message message, short version) {
        var cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        return buffer.array();
    }

    // A record batch as the script describes it: values (null: a tombstone), and anything that makes it special.
    static ByteBuffer batch(JsonNode spec, Broker broker, short version) {
        var buffer = ByteBuffer.allocate(1 << 20);
        Compression codec = switch (spec.path("codec").asText("none")) {
            case "gzip" -> Compression.gzip().build();
            case "lz4" -> Compression.lz4().build();
            case "snappy" -> Compression.snappy().build();
            case "zstd" -> Compression.zstd().build();
            default -> Compression.NONE;
        };
        long time = spec.has("time") ? spec.get("time").asLong() : NOW + spec.path("after").asLong(0);
        String producer = spec.path("producer").asText("");
        long id = producer.isEmpty() ? -1 : Long.parseLong(replaced(producer, broker, version));
        var builder = MemoryRecords.builder(buffer, (byte) 2, codec, TimestampType.CREATE_TIME, 0L, -1L, id,
            (short) spec.path("epoch").asInt(id < 0 ? -1 : 0), spec.path("sequence").asInt(id < 0 ? -1 : 0), spec.path("transactional").asBoolean(false),
            -1);
        int at = 0;
        for (JsonNode value : spec.path("values")) {
            byte[] key = spec.path("keys").asBoolean(true) ? ("k" + at).getBytes(StandardCharsets.UTF_8) : null;
            builder.append(time + at++, key, value.isNull() ? null : value.asText().repeat(spec.path("repeat").asInt(1)).getBytes(StandardCharsets.UTF_8));
        }
        ByteBuffer records = builder.build().buffer();
        var copy = ByteBuffer.allocate(records.remaining());
        copy.put(records).flip();
        if (spec.has("flip")) copy.put(spec.get("flip").asInt(), (byte) (copy.get(spec.get("flip").asInt()) ^ 1));
        if (spec.has("cut")) copy.limit(copy.limit() - spec.get("cut").asInt());
        if (spec.path("twice").asBoolean(false)) {
            var both = ByteBuffer.allocate(copy.remaining() * 2);
            both.put(copy.duplicate()).put(copy.duplicate()).flip();
            return both;
        }
        return copy;
    }

    static String replaced(String text, Broker broker, short version) {
        text = text.replace("$v", Short.toString(version));
        Matcher matcher = Pattern.compile("\\$\\{([^}]*)}").matcher(text);
        var out = new StringBuilder();
        while (matcher.find()) matcher.appendReplacement(out, Matcher.quoteReplacement(broker.saved.getOrDefault(matcher.group(1), "absent")));
        return matcher.appendTail(out).toString();
    }

    static Object build(Type type, JsonNode json, Broker broker, short version) throws Exception {
        if (json.isNull()) return null;
        Class<?> raw = type instanceof ParameterizedType generic ? (Class<?>) generic.getRawType() : (Class<?>) type;
        if (json.has("$records")) return MemoryRecords.readableRecords(batch(json.get("$records"), broker, version));
        if (raw == String.class) return replaced(json.asText(), broker, version);
        if (raw == boolean.class) return json.asBoolean();
        if (raw == byte.class || raw == Byte.class) return (byte) json.asInt();
        if (raw == short.class || raw == Short.class) return (short) json.asInt();
        if (raw == int.class || raw == Integer.class) return json.isTextual() ? Integer.parseInt(replaced(json.asText(), broker, version)) : json.asInt();
        if (raw == long.class || raw == Long.class) {
            if (json.isTextual() && json.asText().startsWith("now")) return NOW + Long.parseLong("0" + json.asText().substring(3).replace("+", ""));
            return json.isTextual() ? Long.parseLong(replaced(json.asText(), broker, version)) : json.asLong();
        }
        if (raw == Uuid.class) {
            String text = replaced(json.asText(), broker, version);
            return text.equals("absent") ? Uuid.ZERO_UUID : Uuid.fromString(text);
        }
        if (raw == byte[].class) return json.asText().getBytes(StandardCharsets.UTF_8);
        if (raw == ByteBuffer.class) return ByteBuffer.wrap(json.asText().getBytes(StandardCharsets.UTF_8));
        if (List.class.isAssignableFrom(raw)) {
            var list = new ArrayList<>();
            for (JsonNode each : json) list.add(build(((ParameterizedType) type).getActualTypeArguments()[0], each, broker, version));
            return list;
        }
        if (Collection.class.isAssignableFrom(raw)) {
            @SuppressWarnings("unchecked") var collection = (Collection<Object>) raw.getDeclaredConstructor().newInstance();
            Type element = ((ParameterizedType) raw.getGenericSuperclass()).getActualTypeArguments()[0];
            for (JsonNode each : json) collection.add(build(element, each, broker, version));
            return collection;
        }
        return fill(raw.getDeclaredConstructor().newInstance(), json, broker, version);
    }

    static Object fill(Object target, JsonNode json, Broker broker, short version) throws Exception {
        for (var fields = json.fields(); fields.hasNext(); ) {
            var field = fields.next();
            String name = "set" + Character.toUpperCase(field.getKey().charAt(0)) + field.getKey().substring(1);
            Method setter = null;
            for (Method method : target.getClass().getMethods()) {
                if (method.getName().equals(name) && method.getParameterCount() == 1) setter = method;
            }
            if (setter == null) throw new IllegalArgumentException(target.getClass().getSimpleName() + " has no field " + field.getKey());
            setter.invoke(target, build(setter.getGenericParameterTypes()[0], field.getValue(), broker, version));
        }
        return target;
    }

    // What names an element of an array, so that the order of answers does not count. Not ids, which each broker makes at random.
    static final List<String> NAMES = List.of("name", "topic", "topicName", "groupId", "key", "resourceName", "configName", "partition", "partitionIndex",
        "index", "apiKey", "batchIndex", "errorCode", "memberId");

    static JsonNode sorted(JsonNode node) {
        if (node instanceof ObjectNode object) {
            for (var fields = object.fields(); fields.hasNext(); ) {
                var field = fields.next();
                field.setValue(sorted(field.getValue()));
            }
        } else if (node instanceof ArrayNode array) {
            var elements = new ArrayList<JsonNode>();
            for (JsonNode each : array) elements.add(sorted(each));
            elements.sort((a, b) -> identity(a).compareTo(identity(b)));
            array.removeAll().addAll(elements);
        }
        return node;
    }

    static String identity(JsonNode node) {
        if (!node.isObject()) return "";
        var text = new StringBuilder();
        for (String name : NAMES) {
            JsonNode value = node.get(name);
            if (value == null) continue;
            text.append(value.isInt() ? String.format("%06d", value.asInt() + 10) : value.asText()).append('|');
        }
        return text.toString();
    }

    record Difference(String api, String path, String ours, String theirs) {}

    static void compare(String api, String path, JsonNode ours, JsonNode theirs, List<Difference> out) {
        if (ours != null && theirs != null && ours.isObject() && theirs.isObject()) {
            var names = new TreeSet<String>();
            ours.fieldNames().forEachRemaining(names::add);
            theirs.fieldNames().forEachRemaining(names::add);
            for (String name : names) compare(api, path + "/" + name, ours.get(name), theirs.get(name), out);
        } else if (ours != null && theirs != null && ours.isArray() && theirs.isArray()) {
            if (ours.size() != theirs.size()) {
                out.add(new Difference(api, path + "#size", String.valueOf(ours.size()), String.valueOf(theirs.size())));
                return;
            }
            for (int i = 0; i < ours.size(); i++) {
                String name = identity(ours.get(i)).replaceAll("\\|.*", "");
                compare(api, path + "/" + (name.isEmpty() ? "*" : name), ours.get(i), theirs.get(i), out);
            }
        } else {
            String a = ours == null ? "absent" : ours.asText(ours.toString());
            String b = theirs == null ? "absent" : theirs.asText(theirs.toString());
            if (!a.equals(b)) out.add(new Difference(api, path, a, b));
        }
    }

    record Reason(Pattern api, Pattern path, Pattern ours, Pattern theirs, String why, int[] used) {}

    static List<Reason> reasons(String file) throws IOException {
        var all = new ArrayList<Reason>();
        for (String line : Files.readAllLines(Path.of(file))) {
            if (line.isBlank() || line.startsWith("#")) continue;
            String[] parts = line.split("\t+");
            if (parts.length != 5) throw new IllegalArgumentException("five columns are wanted: " + line);
            all.add(new Reason(Pattern.compile(parts[0]), Pattern.compile(parts[1]), Pattern.compile(parts[2]), Pattern.compile(parts[3]), parts[4], new int[1]));
        }
        return all;
    }

    public static void main(String[] args) throws Exception {
        int answers = 0;
        int explained = 0;
        var unexplained = new LinkedHashMap<Difference, TreeSet<String>>();
        List<Reason> reasons = reasons(args[3]);
        try (var ours = new Broker(args[0]); var theirs = new Broker(args[1])) {
            for (Broker broker : List.of(ours, theirs)) {
                for (JsonNode each : broker.ask(ApiKeys.API_VERSIONS, (short) 0, ApiKeys.API_VERSIONS.messageType.newRequest()).get("apiKeys")) {
                    broker.ranges.put((short) each.get("apiKey").asInt(), new short[] {(short) each.get("minVersion").asInt(), (short) each.get("maxVersion").asInt()});
                }
            }
            int number = 0;
            for (String line : Files.readAllLines(Path.of(args[2]))) {
                number++;
                if (line.isBlank() || line.startsWith("#")) continue;
                JsonNode step = JSON.readTree(line);
                String api = step.get("api").asText();
                ApiKeys key = null;
                for (ApiKeys each : ApiKeys.values()) if (each.messageType.name.equals(api)) key = each;
                if (key == null || !ours.ranges.containsKey(key.id) || !theirs.ranges.containsKey(key.id)) throw new IllegalArgumentException("line " + number + ": " + api);
                short first = (short) Math.max(ours.ranges.get(key.id)[0], theirs.ranges.get(key.id)[0]);
                short last = (short) Math.min(ours.ranges.get(key.id)[1], theirs.ranges.get(key.id)[1]);
                if (key == ApiKeys.PRODUCE) first = 3;
                if (step.has("versions")) {
                    first = (short) Math.max(first, step.get("versions").get(0).asInt());
                    last = (short) Math.min(last, step.get("versions").get(1).asInt());
                }
                for (short version = first; version <= last; version++) {
                    var got = new JsonNode[2];
                    try {
                        for (int side = 0; side < 2; side++) {
                            Broker broker = side == 0 ? ours : theirs;
                            var request = (ApiMessage) fill(key.messageType.newRequest(), step.path("request"), broker, version);
                            got[side] = sorted(broker.ask(key, version, request));
                            // A coordinator that is just coming up says so; the first who asks is to come again.
                            for (int tries = 0; tries < 100 && got[side].toString().matches(".*\"errorCode\":(14|15|16)[,}].*"); tries++) {
                                Thread.sleep(100);
                                got[side] = sorted(broker.ask(key, version, request));
                            }
                            for (var saves = step.path("save").fields(); saves.hasNext(); ) {
                                var save = saves.next();
                                broker.saved.put(save.getKey(), got[side].at(save.getValue().asText()).asText("absent"));
                            }
                        }
                    } catch (UnsupportedVersionException inexpressible) {
                        continue;  // the request has a field that this version lacks
                    }
                    answers++;
                    var differences = new ArrayList<Difference>();
                    compare(api, "", got[0], got[1], differences);
                    for (Difference each : differences) {
                        boolean known = false;
                        for (Reason reason : reasons) {
                            if (known || !reason.api.matcher(api).matches() || !reason.path.matcher(each.path).matches() ||
                                !reason.ours.matcher(each.ours).matches() || !reason.theirs.matcher(each.theirs).matches()) continue;
                            reason.used[0]++;
                            explained++;
                            known = true;
                        }
                        if (!known) unexplained.computeIfAbsent(each, k -> new TreeSet<>()).add("line " + number + " v" + version);
                    }
                }
            }
        }
        for (Reason reason : reasons) {
            System.out.printf("%5d times: %s %s: %s%n", reason.used[0], reason.api, reason.path, reason.why);
        }
        for (var entry : unexplained.entrySet()) {
            Difference each = entry.getKey();
            System.out.printf("DIFFERS %s %s%n   ours   %s%n   theirs %s%n   in %s%n", each.api, each.path, shortened(each.ours), shortened(each.theirs), entry.getValue());
        }
        System.out.printf("%d answers compared, %d differences with a reason, %d without%n", answers, explained, unexplained.size());
        if (!unexplained.isEmpty() || answers == 0) System.exit(1);
    }

    static String shortened(String text) {
        return text.length() <= 300 ? text : text.substring(0, 300) + "…";
    }
}
