// A careful client that only reads, with java.net.http and no library (Java 17 or newer).
//
//   javac -d classes ReadOnly.java Json.java
//   mockcrm trial --no-mailbox --no-writes -- java -cp classes ReadOnly
//
// It keeps a copy of the CRM's events in a file. Numbers stay as the CRM wrote them, so no id is rounded. It expects
// deletions in lists (showDeleted), and does not continue a paged read that an earlier sync had to leave.
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

public final class ReadOnly {
    private static final Duration LOOKBACK = Duration.ofMinutes(10); // Longer than any change takes to show in lists.
    private static final Duration FULL_READ = Duration.ofDays(1); // No watermark finds a change without a new stamp.
    private static final int ATTEMPTS = 4;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final String url = System.getenv("CRM_URL");
    private final Path stateFile = Path.of(System.getenv("CRM_STATE"), "state.json");
    private final String replicaFile = System.getenv("CRM_REPLICA");
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, Object> events = new LinkedHashMap<>();
    private Map<String, Object> state = new LinkedHashMap<>();

    /** A sync that failed. The next one may succeed. */
    private static class GaveUp extends Exception {
        private static final long serialVersionUID = 1L;

        GaveUp(String problem) {
            super(problem);
        }
    }

    /** A watermark or a page token that the CRM refuses as too old. */
    private static final class Expired extends GaveUp {
        private static final long serialVersionUID = 1L;

        Expired(String problem) {
            super(problem);
        }
    }

    /** What a paged read delivered: its first page's asOf, its newest stamp, the ids of events and of tombstones. */
    private static final class Read {
        Instant asOf;
        Instant newest = Instant.MIN;
        int pages;
        final Set<String> ids = new HashSet<>();
        final Set<String> gone = new HashSet<>();
    }

    public static void main(String[] arguments) throws Exception {
        ReadOnly client = new ReadOnly();
        client.load();
        try {
            client.sync();
            client.save();
        } catch (GaveUp problem) {
            System.err.println(problem.getMessage()); // The old state stays, and with it the old watermark.
            System.exit(1);
        }
    }

    private void sync() throws GaveUp, InterruptedException {
        if (!state.containsKey("since")) {
            readAll();
            return;
        }
        try {
            Read read = readStably(Map.of("showDeleted", "true", "since", (String) state.get("since")));
            // A CRM may cut a list short and not say so: ask again from the newest row until nothing is newer.
            for (Instant newest = read.newest, asked = Instant.MIN; newest.isAfter(asked); ) {
                asked = newest;
                newest = readPages(Map.of("showDeleted", "true", "since", asked.toString())).newest;
            }
            state.put("since", read.asOf.minus(LOOKBACK).toString());
            if (!read.asOf.isBefore(Instant.parse((String) state.get("readAllAt")).plus(FULL_READ))) {
                readAll();
            }
        } catch (Expired problem) {
            readAll();
        }
    }

    private void readAll() throws GaveUp, InterruptedException {
        Read read = readStably(Map.of());
        for (String id : List.copyOf(events.keySet())) {
            if (!read.ids.contains(id)) {
                store(id, event(id)); // A list that lacks an event may be wrong: only the event says that it is deleted.
            }
        }
        state.put("readAllAt", read.asOf.toString());
        state.put("since", read.asOf.minus(LOOKBACK).toString());
    }

    /** Reads again if anything changed meanwhile: then rows may have moved between pages, and one may be missing. */
    private Read readStably(Map<String, String> query) throws GaveUp, InterruptedException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Read read = readPages(query);
            if (read.pages == 1 || !hasChangedAfter(read)) {
                return read;
            }
        }
        throw new GaveUp("The list changed during each attempt to read it.");
    }

    private boolean hasChangedAfter(Read read) throws GaveUp, InterruptedException {
        Read changes = readPages(Map.of("showDeleted", "true", "since", read.asOf.toString(), "limit", "1000"));
        return changes.newest.isAfter(read.asOf) || changes.gone.stream().anyMatch(read.ids::contains);
    }

    private Read readPages(Map<String, String> query) throws GaveUp, InterruptedException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Read read = new Read();
            try {
                readPages(query, read);
                return read;
            } catch (Expired problem) {
                if (read.pages == 0) {
                    throw problem;
                }
            }
        }
        throw new GaveUp("The page tokens expired during each attempt to read the list.");
    }

    private void readPages(Map<String, String> first, Read read) throws GaveUp, InterruptedException {
        Set<String> tokens = new HashSet<>();
        Map<String, String> query = first;
        while (true) {
            Map<String, Object> page = object(get("/events", query).orElseThrow());
            read.pages++;
            read.asOf = read.asOf == null ? instant(page.get("asOf")) : read.asOf;
            for (Object each : (List<?>) page.get("records")) {
                take(object(each), read);
            }
            String token = (String) page.get("nextPageToken");
            if (token == null) {
                return;
            }
            if (!tokens.add(token)) {
                throw new GaveUp("The page tokens form a loop.");
            }
            query = Map.of("pageToken", token);
        }
    }

    private void take(Map<String, Object> row, Read read) throws GaveUp, InterruptedException {
        String id = (String) row.get("id");
        if (row.containsKey("lastModifiedAt") && instant(row.get("lastModifiedAt")).isAfter(read.newest)) {
            read.newest = instant(row.get("lastModifiedAt"));
        }
        if (Boolean.TRUE.equals(row.get("deleted"))) {
            read.gone.add(id);
            events.remove(id);
        } else {
            read.ids.add(id);
            store(id, isDoubtful(row, events.get(id)) ? event(id) : Optional.of(row));
        }
    }

    /** Lists may redact, leave out fields, or lag behind. Then the event itself has the truth. */
    private static boolean isDoubtful(Map<String, Object> row, Object known) {
        boolean isOlder = known != null
            && instant(row.get("lastModifiedAt")).isBefore(instant(object(known).get("lastModifiedAt")));
        return isOlder || Boolean.TRUE.equals(row.get("private")) || !row.containsKey("description");
    }

    private Optional<Object> event(String id) throws GaveUp, InterruptedException {
        return get("/events/" + id, Map.of());
    }

    private void store(String id, Optional<?> event) {
        event.ifPresentOrElse(found -> events.put(id, found), () -> events.remove(id));
    }

    // ---- Requests

    /** The JSON of an answer; nothing if there is no such event. */
    private Optional<Object> get(String path, Map<String, String> query) throws GaveUp, InterruptedException {
        String problem = "";
        Duration pause = FIRST_PAUSE;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                HttpResponse<String> answer = http.send(request(path, query), BodyHandlers.ofString());
                int status = answer.statusCode();
                problem = path + " was answered with " + status + ": " + answer.body();
                if (status == 200) {
                    return Optional.of(new Json(answer.body()).whole());
                }
                if (path.startsWith("/events/") && (status == 404 || status == 410)) {
                    return Optional.empty();
                }
                if (status == 410) {
                    throw new Expired(problem);
                }
                if (status == 401) {
                    state.put("token", UUID.randomUUID().toString()); // Sign in again here: this CRM takes any token.
                    continue;
                }
                if (status < 500 && status != 429) {
                    throw new GaveUp(problem);
                }
                Duration asked = retryAfter(answer);
                pause = asked.compareTo(pause) > 0 ? asked : pause;
            } catch (IOException | Json.Malformed error) {
                problem = path + ": " + error; // No answer, or half of one.
            }
            if (pause.compareTo(LONGEST_PAUSE) > 0) {
                break; // Waiting so long is the scheduler's business.
            }
            Thread.sleep(pause.toMillis());
            pause = pause.multipliedBy(2);
        }
        throw new GaveUp(problem);
    }

    private HttpRequest request(String path, Map<String, String> query) {
        List<String> pairs = new ArrayList<>();
        query.forEach((name, value) -> pairs.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
        URI uri = URI.create(url + path + (pairs.isEmpty() ? "" : "?" + String.join("&", pairs)));
        return HttpRequest.newBuilder(uri).timeout(TIMEOUT).header("Authorization", "Bearer " + state.getOrDefault("token", "first")).build();
    }

    private static Duration retryAfter(HttpResponse<String> answer) {
        String asked = answer.headers().firstValue("Retry-After").orElse("0");
        return Duration.ofSeconds(asked.matches("\\d+") ? Long.parseLong(asked) : 3600);
    }

    private static Instant instant(Object time) {
        return OffsetDateTime.parse((String) time).toInstant();
    }

    // ---- Files

    private void load() throws IOException, Json.Malformed {
        if (Files.exists(stateFile)) {
            state = object(new Json(Files.readString(stateFile)).whole());
            events.putAll(object(state.get("events")));
        }
    }

    private void save() throws IOException {
        state.put("events", events);
        Path fresh = stateFile.resolveSibling("state.json.new");
        Files.writeString(fresh, Json.text(state));
        Files.move(fresh, stateFile, StandardCopyOption.ATOMIC_MOVE);
        if (replicaFile != null) {
            Files.writeString(Path.of(replicaFile), Json.text(List.copyOf(events.values())));
        }
    }

    @SuppressWarnings("unchecked") // A JSON object is read as a map from names.
    private static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }
}
