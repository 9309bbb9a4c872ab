using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using Muse.Imitations;

namespace Muse.Adapters.Tests.GoogleMeet;

/// <summary>
/// Holds a request to Google's own description of its APIs: the method and path exist, every query parameter exists and is of its type, every
/// member of the body exists in the schema, is of its type and may be sent, and nothing is missing that the method requires.
/// </summary>
public static partial class DiscoveryCheck
{
    private static readonly JsonElement Calendar = Load("google-calendar-v3");
    private static readonly JsonElement Meet = Load("google-meet-v2");

    /// <returns>What is wrong; empty when nothing is. Tokens and Drive's files have no document here.</returns>
    public static IReadOnlyList<string> Wrong(SeenRequest request)
    {
        var (document, path) = request.Path switch
        {
            _ when request.Path.StartsWith("/calendar/v3/", StringComparison.Ordinal) => (Calendar, request.Path["/calendar/v3/".Length..]),
            _ when request.Path.StartsWith("/v2/", StringComparison.Ordinal) => (Meet, request.Path[1..]),
            _ => (default, ""),
        };
        if (path.Length == 0) return [];
        if (Methods(document).FirstOrDefault(m => m.GetProperty("httpMethod").GetString() == request.Method && Fits(m, path)) is not { ValueKind: JsonValueKind.Object } method)
            return [$"There is no {request.Method} {path}."];
        var wrong = new List<string>();
        var query = QueryHelpers.ParseQuery(request.Query);
        foreach (var (name, values) in query)
        {
            if (Parameter(document, method, name) is not { } parameter) wrong.Add($"{name} is no query parameter of {Id(method)}.");
            else if (WrongValue(parameter, values.ToString()) is { } why) wrong.Add($"{name}={values}: {why}");
            if (name == "fields" && method.TryGetProperty("response", out var answer)) CheckFields(document, answer, values.ToString(), wrong);
        }
        foreach (var needed in Required(method).Where(name => !query.ContainsKey(name))) wrong.Add($"{needed} is missing in the query.");
        if (method.TryGetProperty("request", out var asked))
        {
            if (Body(request.Body) is not { ValueKind: JsonValueKind.Object } body)
            {
                wrong.Add("body is no JSON object.");
                return wrong;
            }
            CheckSchema(document, asked, body, "body", request.Method == "PATCH", wrong);
            foreach (var needed in Required(document, method, asked).Where(name => !body.TryGetProperty(name, out _))) wrong.Add($"body.{needed} is missing.");
        }
        else if (request.Body.Length > 0)
        {
            wrong.Add($"{Id(method)} takes no body.");
        }
        return wrong;
    }

    private static void CheckSchema(JsonElement document, JsonElement schema, JsonElement value, string where, bool mayClear, List<string> wrong)
    {
        if (schema.TryGetProperty("$ref", out var reference))
            schema = document.GetProperty("schemas").GetProperty(reference.GetString()!);
        if (value.ValueKind is JsonValueKind.Null)
        {
            if (!mayClear) wrong.Add($"{where} is null.");
            return;
        }
        var fits = (schema.GetProperty("type").GetString(), value.ValueKind) is
            ("string", JsonValueKind.String) or ("boolean", JsonValueKind.True or JsonValueKind.False) or ("integer" or "number", JsonValueKind.Number)
            or ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("any", _);
        if (!fits)
        {
            wrong.Add($"{where} is {value.ValueKind}, wanted {schema.GetProperty("type")}.");
            return;
        }
        if (value.ValueKind is JsonValueKind.String && WrongValue(schema, value.GetString()!) is { } why) wrong.Add($"{where}: {why}");
        if (value.ValueKind is JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray()) CheckSchema(document, schema.GetProperty("items"), item, where + "[]", mayClear, wrong);
        }
        if (value.ValueKind is not JsonValueKind.Object) return;
        foreach (var member in value.EnumerateObject())
        {
            var at = $"{where}.{member.Name}";
            if (schema.TryGetProperty("properties", out var members) && members.TryGetProperty(member.Name, out var inner))
            {
                if (inner.TryGetProperty("readOnly", out var readOnly) && readOnly.GetBoolean()) wrong.Add($"{at} may only be read.");
                CheckSchema(document, inner, member.Value, at, mayClear, wrong);
            }
            else if (schema.TryGetProperty("additionalProperties", out var any))
            {
                CheckSchema(document, any, member.Value, at, mayClear, wrong);
            }
            else
            {
                wrong.Add($"{at} does not exist.");
            }
        }
    }

    /// <summary>A mask such as <c>a,b(c,d)</c> against the answer's schema.</summary>
    private static void CheckFields(JsonElement document, JsonElement answer, string mask, List<string> wrong)
    {
        var members = document.GetProperty("schemas").GetProperty(answer.GetProperty("$ref").GetString()!).GetProperty("properties");
        foreach (Match field in MaskField().Matches(mask))
        {
            if (!members.TryGetProperty(field.Groups[1].Value, out var member)) wrong.Add($"fields: {field.Groups[1].Value} does not exist.");
            else if (field.Groups[2].Success)
                CheckFields(document, member.GetProperty("items"), field.Groups[2].Value, wrong);
        }
    }

    private static string? WrongValue(JsonElement kind, string value)
    {
        if (kind.TryGetProperty("enum", out var words) && words.EnumerateArray().All(word => word.GetString() != value)) return "not one of its words.";
        if (kind.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(value, pattern.GetString()!)) return $"does not fit {pattern}.";
        if (kind.TryGetProperty("format", out var format) && format.GetString() is "date-time" or "google-datetime"
            && !DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
            return "not a time.";
        return kind.GetProperty("type").GetString() switch
        {
            "integer" when !long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
                || (kind.TryGetProperty("minimum", out var least) && number < long.Parse(least.GetString()!, CultureInfo.InvariantCulture))
                || (kind.TryGetProperty("maximum", out var most) && number > long.Parse(most.GetString()!, CultureInfo.InvariantCulture)) => "not an integer in range.",
            "boolean" when value is not ("true" or "false") => "not a boolean.",
            _ => null,
        };
    }

    private static IEnumerable<string> Required(JsonElement method) => method.TryGetProperty("parameters", out var own)
        ? own.EnumerateObject()
            .Where(p => p.Value.GetProperty("location").GetString() == "query" && p.Value.TryGetProperty("required", out var required) && required.GetBoolean())
            .Select(p => p.Name)
        : [];

    /// <summary>A schema's members say which methods cannot do without them.</summary>
    private static IEnumerable<string> Required(JsonElement document, JsonElement method, JsonElement asked) =>
        document.GetProperty("schemas").GetProperty(asked.GetProperty("$ref").GetString()!).TryGetProperty("properties", out var members)
            ? members.EnumerateObject()
                .Where(m => m.Value.TryGetProperty("annotations", out var notes) && notes.TryGetProperty("required", out var methods)
                    && methods.EnumerateArray().Any(id => id.GetString() == Id(method)))
                .Select(m => m.Name)
            : [];

    private static JsonElement? Body(string text)
    {
        try
        {
            return JsonDocument.Parse(text).RootElement;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonElement? Parameter(JsonElement document, JsonElement method, string name)
    {
        if (method.TryGetProperty("parameters", out var own) && own.TryGetProperty(name, out var parameter) && parameter.GetProperty("location").GetString() == "query") return parameter;
        return document.GetProperty("parameters").TryGetProperty(name, out parameter) ? parameter : null;
    }

    private static bool Fits(JsonElement method, string path)
    {
        var template = Regex.Replace(Regex.Escape(method.GetProperty("path").GetString()!).Replace("\\{", "{", StringComparison.Ordinal), @"\{(\\\+)?([A-Za-z]+)\}", match =>
        {
            var parameter = method.GetProperty("parameters").GetProperty(match.Groups[2].Value);
            // A reserved expansion ({+name}) holds slashes, and says by a pattern which.
            return match.Groups[1].Success ? $"({parameter.GetProperty("pattern").GetString()!.Trim('^', '$')})" : "([^/]+)";
        });
        return Regex.IsMatch(path, $"^{template}$");
    }

    private static IEnumerable<JsonElement> Methods(JsonElement resource)
    {
        if (resource.TryGetProperty("methods", out var methods))
            foreach (var method in methods.EnumerateObject()) yield return method.Value;
        if (resource.TryGetProperty("resources", out var inner))
            foreach (var method in inner.EnumerateObject().SelectMany(r => Methods(r.Value))) yield return method;
    }

    private static string Id(JsonElement method) => method.GetProperty("id").GetString()!;

    private static JsonElement Load(string name) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "GoogleMeet", "Discovery", $"{name}.discovery.json"))).RootElement;

    [GeneratedRegex(@"([A-Za-z]+)(?:\(([^)]*)\))?")]
    private static partial Regex MaskField();
}
