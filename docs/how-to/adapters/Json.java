import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads and writes JSON: objects are maps, lists are lists, and numbers are BigDecimal, as exact as they came. */
final class Json {
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String problem) {
            super(problem);
        }
    }

    private final String text;
    private int at;

    Json(String text) {
        this.text = text;
    }

    Object whole() throws Malformed {
        Object value = value();
        if (next() != 0) {
            throw new Malformed("More follows at " + at);
        }
        return value;
    }

    private Object value() throws Malformed {
        return switch (next()) {
            case '{' -> {
                Map<String, Object> found = new LinkedHashMap<>();
                for (at++; next() != '}'; skipComma('}')) {
                    String name = string();
                    expect(':');
                    found.put(name, value());
                }
                at++;
                yield found;
            }
            case '[' -> {
                List<Object> found = new ArrayList<>();
                for (at++; next() != ']'; skipComma(']')) {
                    found.add(value());
                }
                at++;
                yield found;
            }
            case '"' -> string();
            default -> literal();
        };
    }

    private Object literal() throws Malformed {
        int start = at;
        while (at < text.length() && "+-.eE0123456789truefalsn".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String found = text.substring(start, at);
        try {
            return switch (found) {
                case "true" -> true;
                case "false" -> false;
                case "null" -> null;
                default -> new BigDecimal(found);
            };
        } catch (NumberFormatException error) {
            throw new Malformed("No value at " + start);
        }
    }

    private String string() throws Malformed {
        expect('"');
        StringBuilder found = new StringBuilder();
        while (at < text.length() && text.charAt(at) != '"') {
            char each = text.charAt(at++);
            found.append(each == '\\' ? escaped() : each);
        }
        expect('"');
        return found.toString();
    }

    private char escaped() throws Malformed {
        if (at >= text.length() - 4) {
            throw new Malformed("It ends in a string");
        }
        char each = text.charAt(at++);
        if (each == 'u') {
            at += 4;
            return (char) Integer.parseInt(text.substring(at - 4, at), 16);
        }
        int known = "bfnrt".indexOf(each);
        return known < 0 ? each : "\b\f\n\r\t".charAt(known);
    }

    private char next() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : 0;
    }

    private void expect(char wanted) throws Malformed {
        if (next() != wanted) {
            throw new Malformed("No " + wanted + " at " + at);
        }
        at++;
    }

    private void skipComma(char end) throws Malformed {
        if (next() != end) {
            expect(',');
        }
    }

    static String text(Object value) {
        if (value instanceof Map<?, ?> map) {
            List<String> found = new ArrayList<>();
            map.forEach((name, each) -> found.add(text(name) + ":" + text(each)));
            return "{" + String.join(",", found) + "}";
        }
        if (value instanceof List<?> list) {
            return "[" + String.join(",", list.stream().map(Json::text).toList()) + "]";
        }
        return value instanceof String string ? quoted(string) : String.valueOf(value);
    }

    private static String quoted(String string) {
        StringBuilder found = new StringBuilder("\"");
        for (char each : string.toCharArray()) {
            boolean isPlain = each >= ' ' && each != '"' && each != '\\';
            found.append(isPlain ? String.valueOf(each) : String.format("\\u%04x", (int) each));
        }
        return found.append('"').toString();
    }
}
