using System.Collections.Concurrent;
using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Google.Apis.Http;
using Google.Apis.Util;
using Muse.Domain.Meetings;

namespace Muse.Adapters.GoogleMeet;

/// <summary>A bearer token, or why there is none for good.</summary>
internal sealed record GoogleToken(string? Bearer, MeetingAnswer? Failure)
{
    public static GoogleToken Of(string bearer) => new(bearer, null);

    public static GoogleToken None(string code, string detail) => new(null, MeetingAnswer.Failed(code, detail));
}

/// <summary>
/// The school's service account, acting as users of its Workspace (RFC 7523 with <c>sub</c>, "domain-wide delegation"). One credential per user
/// and scope; Google's library keeps its token and lets one refresh run at a time.
/// </summary>
internal sealed class ServiceAccount(GoogleMeetOptions options, System.Net.Http.IHttpMessageHandlerFactory handlers, TimeProvider time)
{
    private readonly ConcurrentDictionary<(string User, string Scope), ServiceAccountCredential> _credentials = new();
    private readonly Lazy<Key?> _key = new(() => Read(options), LazyThreadSafetyMode.PublicationOnly);

    /// <param name="refused">A token that Google just answered with 401: however many come with it, one new one is fetched.</param>
    /// <exception cref="ProviderTrouble">Google could not be asked.</exception>
    public async Task<GoogleToken> Token(string user, string scope, string? refused, CancellationToken ct)
    {
        if (_key.Value is not { } key)
            return GoogleToken.None(MeetingAnswer.NotPermittedCode, "The service account's key cannot be read.");
        ServiceAccountCredential credential;
        try
        {
            credential = _credentials.GetOrAdd((user, scope), _ => Make(key, user, scope));
            if (refused is not null && credential.Token?.AccessToken == refused)
            {
                _credentials.TryUpdate((user, scope), Make(key, user, scope), credential);
                credential = _credentials[(user, scope)];
            }
        }
        catch (Exception unreadable) when (IsUnreadable(unreadable))
        {
            return GoogleToken.None(MeetingAnswer.NotPermittedCode, "The service account's private key cannot be read.");
        }
        try
        {
            return GoogleToken.Of(await credential.GetAccessTokenForRequestAsync(null, ct));
        }
        catch (TokenResponseException refusal)
        {
            return Failure(refusal);
        }
        catch (Exception failed) when (!ct.IsCancellationRequested)
        {
            throw Trouble(failed);
        }
    }

    /// <summary>The library tries a silent server three times and then wraps what it saw; its JSON reader throws types of its own package.</summary>
    private static ProviderTrouble Trouble(Exception failed)
    {
        for (Exception? inner = failed; inner is not null; inner = inner.InnerException)
        {
            if (inner is HttpRequestException or IOException)
                return new ProviderTrouble("unreachable", "Google's token server cannot be reached.", inner);
            // InvalidOperationException: the library's word for a refresh that was given up, without what ended it.
            if (inner is OperationCanceledException or TimeoutException or InvalidOperationException)
                return new ProviderTrouble("timed_out", "Google's token server does not answer.", inner);
        }
        // Its message may repeat the answer, so it stays inside.
        return new ProviderTrouble("unreadable_answer", $"Google's token server answers unreadably ({failed.GetType().Name}).");
    }

    private static GoogleToken Failure(TokenResponseException refusal)
    {
        if (refusal.StatusCode is { } status && ((int)status >= 500 || (int)status == 429 || (int)status < 400))
            throw new ProviderTrouble((int)status == 429 ? "too_many_requests" : (int)status < 400 ? "unreadable_answer" : "provider_error", $"Google's token server answers {(int)status}.");
        return refusal.Error?.Error switch
        {
            "invalid_grant" when refusal.Error.ErrorDescription?.Contains("iat", StringComparison.Ordinal) is true =>
                GoogleToken.None(MeetingAnswer.DisconnectedCode, "Google finds the assertion's time wrong (invalid_grant): check this server's clock."),
            "invalid_grant" =>
                GoogleToken.None(MeetingAnswer.DisconnectedCode, "Google knows no such user, or not this key (invalid_grant)."),
            "unauthorized_client" =>
                GoogleToken.None(MeetingAnswer.NotPermittedCode, "The Workspace does not delegate this scope to the service account (unauthorized_client)."),
            "invalid_scope" or "access_denied" or "admin_policy_enforced" or "invalid_client" =>
                GoogleToken.None(MeetingAnswer.NotPermittedCode, $"The Workspace does not permit it ({refusal.Error.Error})."),
            _ => GoogleToken.None(MeetingAnswer.NotPermittedCode, "Google gives no token."),
        };
    }

    /// <summary>What is wrong with the key of the settings, which have one, without a word of it; null when Google can be asked with it.</summary>
    public static string? Fault(GoogleMeetOptions options)
    {
        var isText = !string.IsNullOrWhiteSpace(options.ServiceAccountJson);
        var setting = isText
            ? $"{GoogleMeetOptions.Section}:{nameof(options.ServiceAccountJson)}" : $"{GoogleMeetOptions.Section}:{nameof(options.ServiceAccountFile)} '{options.ServiceAccountFile}'";
        if (!isText && !File.Exists(options.ServiceAccountFile)) return $"{setting} is not there.";
        if (Read(options) is not { } key) return $"{setting} cannot be read as the key of a service account (JSON with client_email and private_key).";
        try
        {
            _ = new ServiceAccountCredential.Initializer(key.Email).FromPrivateKey(key.Private);
            return null;
        }
        catch (Exception unreadable) when (IsUnreadable(unreadable))
        {
            return $"{setting} holds a private_key that cannot be read.";
        }
    }

    private static bool IsUnreadable(Exception key) => key is ArgumentException or FormatException or System.Security.Cryptography.CryptographicException
        or InvalidOperationException or NotSupportedException or OverflowException or IndexOutOfRangeException;

    private ServiceAccountCredential Make(Key key, string user, string scope) => new(
        new ServiceAccountCredential.Initializer(key.Email, options.TokenUrl)
        {
            User = user,
            Scopes = [scope],
            KeyId = key.Id,
            Clock = new Clock(time),
            HttpClientFactory = new Clients(handlers, TimeSpan.FromSeconds(options.TimeoutSeconds)),
            // The errand comes again by itself; a library that waits inside a call would outlive its lease.
            DefaultExponentialBackOffPolicy = ExponentialBackOffPolicy.None,
        }.FromPrivateKey(key.Private));

    private static Key? Read(GoogleMeetOptions options)
    {
        try
        {
            var text = string.IsNullOrWhiteSpace(options.ServiceAccountJson) ? File.ReadAllText(options.ServiceAccountFile!) : options.ServiceAccountJson;
            using var json = JsonDocument.Parse(text);
            string? Text(string name) => json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
            return Text("client_email") is { } email && Text("private_key") is { } secret ? new Key(email, Text("private_key_id"), secret) : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private sealed record Key(string Email, string? Id, string Private);

    private sealed class Clock(TimeProvider time) : IClock
    {
        public DateTime Now => UtcNow;

        public DateTime UtcNow => time.GetUtcNow().UtcDateTime;
    }

    /// <summary>The library's clients over the same kind of handler as our own calls: no redirects, no cookies.</summary>
    private sealed class Clients(System.Net.Http.IHttpMessageHandlerFactory handlers, TimeSpan timeout) : Google.Apis.Http.IHttpClientFactory
    {
        public ConfigurableHttpClient CreateHttpClient(CreateHttpClientArgs args)
        {
            var client = new ConfigurableHttpClient(new ConfigurableMessageHandler(handlers.CreateHandler(GoogleWire.ClientName))
            {
                ApplicationName = args.ApplicationName,
                GoogleApiClientHeader = args.GoogleApiClientHeader,
                NumTries = 1,
                FollowRedirect = false,
            }, disposeHandler: false)
            { Timeout = timeout };
            foreach (var initializer in args.Initializers) initializer.Initialize(client);
            return client;
        }
    }
}
