// The Java side of tests/wire/run.sh: random messages by Kafka's schemas, read and written by Kafka's generated classes.
package millstream;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;

public final class WirePeer {
    record Message(short key, byte kind, short version, byte[] body) {
        String name() {
            return ApiMessageType.fromApiKey(key).name + (kind == 0 ? "Request" : "Response") + " version " + version;
        }
    }

    // Writes random values as a schema describes them, without going through the generated classes.
    static final class RandomWriter {
        final Random random;
        DataOutputStream out;

        RandomWriter(long seed) {
            random = new Random(seed);
        }

        byte[] bytes() {
            byte[] bytes = new byte[random.nextInt(20) == 0 ? random.nextInt(300) : random.nextInt(12)];
            for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) ('a' + random.nextInt(26));
            return bytes;
        }

        long number() {
            return switch (random.nextInt(4)) {
                case 0 -> random.nextInt(10);
                case 1 -> -1;
                case 2 -> random.nextInt(1_000_000);
                default -> random.nextLong();
            };
        }

        void varint(int value) throws IOException {
            while ((value & ~0x7f) != 0) {
                out.writeByte((value & 0x7f) | 0x80);
                value >>>= 7;
            }
            out.writeByte(value);
        }

        void compact(byte[] bytes) throws IOException {
            varint(bytes.length + 1);
            out.write(bytes);
        }

        void value(Type type) throws IOException {
            if (type.isArray()) {
                boolean compact = type.toString().startsWith("COMPACT_");
                int count = type.isNullable() && random.nextInt(3) == 0 ? -1 : random.nextInt(4);
                if (compact) varint(count + 1);
                else out.writeInt(count);
                for (int i = 0; i < count; i++) value(type.arrayElementType().orElseThrow());
                return;
            }
            if (type instanceof Schema schema) {
                if (type.isNullable()) {
                    boolean present = random.nextInt(3) > 0;
                    out.writeByte(present ? 1 : -1);
                    if (!present) return;
                }
                for (BoundField field : schema.fields()) value(field.def.type);
                return;
            }
            if (type instanceof TaggedFields tagged) {
                DataOutputStream outer = out;
                var chosen = new java.util.TreeMap<Integer, byte[]>();
                for (Map.Entry<Integer, Field> entry : tagged.fields().entrySet()) {
                    if (random.nextBoolean()) continue;
                    var buffer = new ByteArrayOutputStream();
                    out = new DataOutputStream(buffer);
                    value(entry.getValue().type);
                    chosen.put(entry.getKey(), buffer.toByteArray());
                }
                out = outer;
                varint(chosen.size());
                for (var entry : chosen.entrySet()) {
                    varint(entry.getKey());
                    varint(entry.getValue().length);
                    out.write(entry.getValue());
                }
                return;
            }
            boolean isNull = type.isNullable() && random.nextInt(3) == 0;
            switch (type.toString()) {
                case "BOOLEAN" -> out.writeBoolean(random.nextBoolean());
                case "INT8" -> out.writeByte((int) number());
                case "INT16", "UINT16" -> out.writeShort((int) number());
                case "INT32" -> out.writeInt((int) number());
                case "INT64" -> out.writeLong(number());
                case "UUID" -> {
                    out.writeLong(number());
                    out.writeLong(number());
                }
                case "STRING", "NULLABLE_STRING" -> {
                    byte[] bytes = bytes();
                    out.writeShort(isNull ? -1 : bytes.length);
                    if (!isNull) out.write(bytes);
                }
                case "BYTES", "NULLABLE_BYTES", "RECORDS", "NULLABLE_RECORDS" -> {
                    byte[] bytes = bytes();
                    out.writeInt(isNull ? -1 : bytes.length);
                    if (!isNull) out.write(bytes);
                }
                case "COMPACT_STRING", "COMPACT_NULLABLE_STRING", "COMPACT_BYTES", "COMPACT_NULLABLE_BYTES", "COMPACT_RECORDS",
                    "COMPACT_NULLABLE_RECORDS" -> {
                    if (isNull) varint(0);
                    else compact(bytes());
                }
                default -> throw new IllegalStateException("unknown type " + type);
            }
        }
    }

    static byte[] rewrite(short key, byte kind, short version, byte[] body) {
        ApiMessageType type = ApiMessageType.fromApiKey(key);
        ApiMessage message = kind == 0 ? type.newRequest() : type.newResponse();
        ByteBuffer buffer = ByteBuffer.wrap(body);
        message.read(new ByteBufferAccessor(buffer), version);
        if (buffer.hasRemaining()) throw new IllegalStateException(buffer.remaining() + " bytes left over");
        var cache = new ObjectSerializationCache();
        ByteBuffer out = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(out), cache, version);
        return out.array();
    }

    static void put(DataOutputStream out, short key, byte kind, short version, byte[] body) throws IOException {
        out.writeInt(body.length + 5);
        out.writeShort(key);
        out.writeByte(kind);
        out.writeShort(version);
        out.write(body);
    }

    static Message take(DataInputStream in) throws IOException {
        int size;
        try {
            size = in.readInt();
        } catch (EOFException end) {
            return null;
        }
        short key = in.readShort();
        byte kind = in.readByte();
        short version = in.readShort();
        return new Message(key, kind, version, in.readNBytes(size - 5));
    }

    static DataInputStream open(String path) throws IOException {
        return new DataInputStream(new BufferedInputStream(new FileInputStream(path)));
    }

    static DataOutputStream create(String path) throws IOException {
        return new DataOutputStream(new BufferedOutputStream(new FileOutputStream(path)));
    }

    static void write(String path, long seed, int count, String apis) throws IOException {
        var writer = new RandomWriter(seed);
        try (var out = create(path)) {
            for (String line : Files.readAllLines(Path.of(apis))) {
                String[] words = line.split(" ");
                short key = Short.parseShort(words[0]);
                ApiMessageType type = ApiMessageType.fromApiKey(key);
                for (short version = Short.parseShort(words[1]); version <= Short.parseShort(words[2]); version++) {
                    for (byte kind = 0; kind < 2; kind++) {
                        Schema schema = (kind == 0 ? type.requestSchemas() : type.responseSchemas())[version];
                        for (int i = 0; i < count; i++) {
                            var buffer = new ByteArrayOutputStream();
                            writer.out = new DataOutputStream(buffer);
                            writer.value(schema);
                            put(out, key, kind, version, rewrite(key, kind, version, buffer.toByteArray()));
                        }
                    }
                }
            }
        }
    }

    static void rewriteFile(String from, String to) throws IOException {
        try (var in = open(from); var out = create(to)) {
            for (Message message = take(in); message != null; message = take(in)) {
                try {
                    put(out, message.key, message.kind, message.version, rewrite(message.key, message.kind, message.version, message.body));
                } catch (RuntimeException problem) {
                    throw new IllegalStateException(message.name() + ": " + HexFormat.of().formatHex(message.body), problem);
                }
            }
        }
    }

    static void compare(String from, String by) throws IOException {
        long count = 0;
        try (var a = open(from); var b = open(by)) {
            while (true) {
                Message x = take(a);
                Message y = take(b);
                if (x == null && y == null) break;
                if (x == null || y == null || !Arrays.equals(x.body, y.body)) {
                    Message known = x != null ? x : y;
                    System.err.println(known.name() + " differs\n  " + (x == null ? "absent" : HexFormat.of().formatHex(x.body))
                        + "\n  " + (y == null ? "absent" : HexFormat.of().formatHex(y.body)));
                    System.exit(1);
                }
                count++;
            }
        }
        if (count == 0) throw new IllegalStateException("no messages in " + from);
        System.out.println(count + " messages equal");
    }

    public static void main(String[] args) throws IOException {
        switch (args[0]) {
            case "write" -> write(args[1], Long.parseLong(args[2]), Integer.parseInt(args[3]), args[4]);
            case "rewrite" -> rewriteFile(args[1], args[2]);
            case "compare" -> compare(args[1], args[2]);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }
}
