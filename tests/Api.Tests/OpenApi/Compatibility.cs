using System.Text.Json;

namespace Muse.Api.Tests.OpenApi;

/// <summary>
/// What of a newer contract would break a program that was written against an older one. It may send less than it used to be asked for and gets more than it
/// used to; what it sends today is taken, and what it reads today is there. New words of a closed list may come in answers: the lists grow by appending.
/// </summary>
internal sealed class Compatibility
{
    private static readonly string[] s_methods = ["get", "put", "post", "delete", "patch"];
    private static readonly string[] s_most = ["maxLength", "maximum", "maxItems", "exclusiveMaximum"];
    private static readonly string[] s_least = ["minLength", "minimum", "minItems", "exclusiveMinimum"];

    private readonly JsonElement _before;
    private readonly JsonElement _now;
    private readonly List<string> _breaks = [];
    private readonly HashSet<(string? Before, string? Now, bool IsSent)> _compared = [];

    private Compatibility(JsonElement before, JsonElement now) => (_before, _now) = (before, now);

    public static IReadOnlyList<string> Breaks(JsonElement before, JsonElement now)
    {
        var compatibility = new Compatibility(before, now);
        compatibility.Operations();
        compatibility.Webhooks();
        return compatibility._breaks;
    }

    private void Operations()
    {
        var now = _now.GetProperty("paths");
        foreach (var path in _before.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject().Where(one => s_methods.Contains(one.Name)))
            {
                var at = $"{operation.Name.ToUpperInvariant()} {path.Name}";
                if (now.TryGetProperty(path.Name, out var item) && item.TryGetProperty(operation.Name, out var newer)) Operation(at, operation.Value, newer);
                else Add(at, "is gone");
            }
        }
    }

    /// <summary>The other way round: their bodies are what we say, so they are judged as answers are.</summary>
    private void Webhooks()
    {
        foreach (var webhook in Members(Of(_before, "webhooks")))
        {
            var (before, now) = (Of(webhook.Value, "post"), Of(Of(Of(_now, "webhooks"), webhook.Name), "post"));
            if (now is null)
            {
                Add($"webhook {webhook.Name}", "is gone");
                continue;
            }
            Content($"webhook {webhook.Name}", Of(before, "requestBody"), Of(now, "requestBody"), isSent: false);
            foreach (var header in Parameters(before!.Value).Keys.Except(Parameters(now.Value).Keys)) Add($"webhook {webhook.Name}", $"has no {header} any more");
        }
    }

    private void Operation(string at, JsonElement before, JsonElement now)
    {
        var (older, newer) = (Parameters(before), Parameters(now));
        foreach (var (key, parameter) in older)
        {
            if (!newer.TryGetValue(key, out var same)) Add(at, $"takes no {key} any more");
            else Schema($"{at} {key}", Of(parameter, "schema"), Of(same, "schema"), isSent: true);
        }
        foreach (var (key, parameter) in newer.Where(one => IsRequired(one.Value)))
        {
            if (!older.TryGetValue(key, out var same) || !IsRequired(same)) Add(at, $"asks for {key}");
        }
        Content($"{at} body", Of(before, "requestBody"), Of(now, "requestBody"), isSent: true);
        if (Of(now, "requestBody") is { } body && IsRequired(body) && !(Of(before, "requestBody") is { } earlier && IsRequired(earlier))) Add(at, "asks for a body");
        foreach (var response in before.GetProperty("responses").EnumerateObject().Where(one => one.Name[0] == '2'))
            Content($"{at} {response.Name}", response.Value, Of(now.GetProperty("responses"), response.Name), isSent: false);
        foreach (var code in Words(before, "x-error-codes").Except(Words(now, "x-error-codes"))) Add(at, $"has no {code} any more");
    }

    private void Content(string at, JsonElement? before, JsonElement? now, bool isSent)
    {
        if (before is not { } older) return;
        if (now is not { } newer)
        {
            Add(at, "is gone");
            return;
        }
        foreach (var type in Members(Of(older, "content")))
        {
            if (Of(newer, "content") is { } content && content.TryGetProperty(type.Name, out var same)) Schema(at, Of(type.Value, "schema"), Of(same, "schema"), isSent);
            else Add(at, $"is no {type.Name} any more");
        }
    }

    private void Schema(string at, JsonElement? before, JsonElement? now, bool isSent)
    {
        if (before is not { } older || now is not { } newer) return;
        var (oldShape, newShape) = (Shape(older, _before), Shape(newer, _now));
        if (oldShape.Types.Count > 0 && newShape.Types.Count > 0)
        {
            var strange = isSent ? oldShape.Types.Except(newShape.Types) : newShape.Types.Except(oldShape.Types);
            foreach (var type in strange) Add(at, isSent ? $"may not be {type} any more" : $"may be {type}");
        }
        // A schema may hold itself.
        if (oldShape.Name is not null && !_compared.Add((oldShape.Name, newShape.Name, isSent))) return;
        if (isSent) Narrower(at, oldShape.Schema, newShape.Schema);
        var (oldMembers, newMembers) = (Of(oldShape.Schema, "properties"), Of(newShape.Schema, "properties"));
        foreach (var member in Members(oldMembers))
        {
            if (newMembers is { } members && members.TryGetProperty(member.Name, out var same)) Schema($"{at}.{member.Name}", member.Value, same, isSent);
            else Add(at, isSent ? $"takes no {member.Name} any more" : $"has no {member.Name} any more");
        }
        var (oldNeeds, newNeeds) = (Words(oldShape.Schema, "required"), Words(newShape.Schema, "required"));
        foreach (var name in isSent ? newNeeds.Except(oldNeeds) : oldNeeds.Except(newNeeds)) Add(at, isSent ? $"asks for {name}" : $"may lack {name}");
        Schema($"{at}[]", Of(oldShape.Schema, "items"), Of(newShape.Schema, "items"), isSent);
    }

    private void Narrower(string at, JsonElement before, JsonElement now)
    {
        foreach (var word in Words(before, "enum").Except(Words(now, "enum"))) if (Of(now, "enum") is not null) Add(at, $"may not be {word} any more");
        if (Of(before, "enum") is null && Of(now, "enum") is not null) Add(at, "takes a few words only");
        if (Of(now, "pattern") is { } pattern && pattern.GetString() != Of(before, "pattern")?.GetString()) Add(at, "has another pattern");
        foreach (var limit in s_most) if (Number(now, limit) is { } most && !(Number(before, limit) <= most)) Add(at, $"has a lower {limit}");
        foreach (var limit in s_least) if (Number(now, limit) is { } least && !(Number(before, limit) >= least)) Add(at, $"has a higher {limit}");
    }

    /// <summary>What a schema comes to, whether it stands there, is named, or is one of null and something.</summary>
    private static (JsonElement Schema, IReadOnlyCollection<string> Types, string? Name) Shape(JsonElement schema, JsonElement document)
    {
        var types = new HashSet<string>();
        string? named = null;
        while (true)
        {
            if (Reference(schema) is { } name)
            {
                named = name;
                schema = document.GetProperty("components").GetProperty("schemas").GetProperty(name);
                continue;
            }
            var choices = List(schema, "oneOf").Concat(List(schema, "anyOf")).ToArray();
            var others = choices.Where(choice => !IsNull(choice)).ToArray();
            if (choices.Length == 0 || others.Length != 1) break;
            if (others.Length < choices.Length) types.Add("null");
            schema = others[0];
        }
        if (Of(schema, "type") is { } type)
            types.UnionWith(type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(one => one.GetString()!) : [type.GetString()!]);
        return (schema, types.Count == 1 && types.Contains("null") ? [] : types, named);
    }

    private static bool IsNull(JsonElement schema) => Of(schema, "type") is { ValueKind: JsonValueKind.String } type && type.GetString() == "null";

    private static string? Reference(JsonElement schema) => Of(schema, "$ref")?.GetString()?.Split('/')[^1];

    private static Dictionary<string, JsonElement> Parameters(JsonElement operation) => List(operation, "parameters")
        .ToDictionary(one => $"{one.GetProperty("in").GetString()} {one.GetProperty("name").GetString()}");

    private static bool IsRequired(JsonElement of) => Of(of, "required") is { ValueKind: JsonValueKind.True };

    private static JsonElement? Of(JsonElement? of, string name) =>
        of is { ValueKind: JsonValueKind.Object } one && one.TryGetProperty(name, out var value) ? value : null;

    private static IEnumerable<JsonProperty> Members(JsonElement? of) => of is { ValueKind: JsonValueKind.Object } one ? one.EnumerateObject() : Enumerable.Empty<JsonProperty>();

    private static IEnumerable<JsonElement> List(JsonElement of, string name) => Of(of, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : Enumerable.Empty<JsonElement>();

    private static string[] Words(JsonElement of, string name) => [.. List(of, name).Select(word => word.ToString())];

    private static decimal? Number(JsonElement of, string name) => Of(of, name) is { ValueKind: JsonValueKind.Number } number ? number.GetDecimal() : null;

    private void Add(string at, string what) => _breaks.Add($"{at} {what}");
}
