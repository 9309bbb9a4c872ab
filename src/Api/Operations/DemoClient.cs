using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Muse.Api.Operations;

/// <summary>Somebody of the demonstration, signed in, who speaks HTTP as any client would.</summary>
/// <param name="RoleId">As the tutor, student or guardian that they are.</param>
internal sealed record DemoClient(HttpClient Http, string Name, string RoleId) : IDisposable
{
    /// <param name="Version">Its ETag.</param>
    internal sealed record Answer(HttpStatusCode Status, string? Version, JsonElement Body)
    {
        public string Text(string member) => Body.GetProperty(member).GetString()!;
    }

    /// <summary>The account is made at the first time.</summary>
    public static async Task<DemoClient> SignInAsync(Uri server, DemoPerson person, CancellationToken ct)
    {
        var http = new HttpClient { BaseAddress = server };
        await SendAsync(http, HttpMethod.Post, "/v1/accounts", new
        {
            person.Email,
            person.Password,
            person.DisplayName,
            Roles = new[] { person.Role },
            person.BirthDate,
            person.Country,
            person.TimeZone,
            person.Locale,
        }, null, [HttpStatusCode.Conflict], ct);
        var tokens = await SendAsync(http, HttpMethod.Post, "/v1/tokens", new { person.Email, person.Password }, null, [], ct);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens.Text("accessToken"));
        var me = await SendAsync(http, HttpMethod.Get, "/v1/me", null, null, [], ct);
        return new DemoClient(http, person.DisplayName, me.Text($"{person.Role}Id"));
    }

    public Task<Answer> GetAsync(string path, CancellationToken ct) => SendAsync(Http, HttpMethod.Get, path, null, null, [], ct);

    /// <param name="expected">Refusals that the caller looks at itself.</param>
    public Task<Answer> PostAsync(string path, object? body, CancellationToken ct, string? version = null, params HttpStatusCode[] expected) =>
        SendAsync(Http, HttpMethod.Post, path, body, version, expected, ct);

    /// <summary>What is there is changed, what is not is made; nobody else writes to the demonstration's people meanwhile.</summary>
    public async Task PutAsync(string path, object body, CancellationToken ct)
    {
        var there = await SendAsync(Http, HttpMethod.Get, path.Replace("/profile", "", StringComparison.Ordinal), null, null, [HttpStatusCode.NotFound], ct);
        await SendAsync(Http, HttpMethod.Put, path, body, there.Version ?? "*", [HttpStatusCode.PreconditionFailed], ct);
    }

    public void Dispose() => Http.Dispose();

    /// <param name="version">For If-Match; <c>*</c> asks that there be none yet.</param>
    /// <exception cref="HttpRequestException">The server refused, with another status than those expected.</exception>
    private static async Task<Answer> SendAsync(
        HttpClient http, HttpMethod method, string path, object? body, string? version, HttpStatusCode[] expected, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = JsonContent.Create(body, options: JsonSerializerOptions.Web);
        if (version is not null)
            request.Headers.TryAddWithoutValidation(version == "*" ? "If-None-Match" : "If-Match", version);
        using var response = await http.SendAsync(request, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        if (!response.IsSuccessStatusCode && !expected.Contains(response.StatusCode))
            throw new HttpRequestException($"{method} {path}: {(int)response.StatusCode} {text}");
        using var json = JsonDocument.Parse(text.Length == 0 ? "{}" : text);
        return new Answer(response.StatusCode, response.Headers.ETag?.ToString(), json.RootElement.Clone());
    }
}
