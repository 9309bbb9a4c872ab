using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Muse.Api.Operations;

/// <summary>
/// Where the server listens: on localhost at <c>MUSE_HTTP_PORT</c>, and with <c>MUSE_LAN=1</c> also with HTTPS at <c>MUSE_HTTPS_PORT</c> on
/// every address of the machine, because a browser gives camera and microphone to secure pages only.
/// </summary>
public sealed class Listening
{
    private const string CertificatePath = "/muse-ca.crt";

    private Listening(int? httpPort, int? httpsPort, LanCertificate? certificate) =>
        (HttpPort, HttpsPort, Certificate) = (httpPort, httpsPort, certificate);

    /// <summary>Null when ASP.NET Core's own settings (ASPNETCORE_URLS) decide, as in tests.</summary>
    public int? HttpPort { get; }

    /// <summary>Null when this machine's network is not served.</summary>
    public int? HttpsPort { get; }

    public LanCertificate? Certificate { get; }

    /// <summary>For a person's eyes: the page on this machine.</summary>
    public string Here => $"http://localhost:{HttpPort ?? 5000}";

    /// <summary>For a person's eyes: the pages that another device of the network opens, the likeliest first.</summary>
    public IReadOnlyList<string> OnTheNetwork =>
        HttpsPort is not { } port ? [] : Certificate is { MadeHere: false }
            ? [.. Certificate.Names.Select(name => $"https://{name}:{port}")]
            : [.. OwnAddresses().Select(a => $"https://{a}:{port}")];

    /// <summary>Where another device fetches the certificate of the authority made here: plain HTTP, as it cannot trust us yet.</summary>
    public string? CertificateAddress =>
        Certificate is { MadeHere: true } && OwnAddresses().FirstOrDefault() is { } address
            ? $"http://{address}:{HttpPort}{CertificatePath}"
            : null;

    /// <summary>Sets the server up; to be called once, before it is built.</summary>
    public static Listening Configure(WebApplicationBuilder builder, DataFolder data, TimeProvider time)
    {
        if (builder.Configuration.GetValue<int?>("MUSE_HTTP_PORT") is not { } httpPort)
            return new Listening(null, null, null);
        if (builder.Configuration["MUSE_LAN"] != "1")
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(httpPort));
            return new Listening(httpPort, null, null);
        }

        var httpsPort = builder.Configuration.GetValue("MUSE_HTTPS_PORT", 5443);
        var certificate = LanCertificate.From(builder.Configuration, data, time, Addresses());
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenAnyIP(httpPort);
            kestrel.ListenAnyIP(httpsPort, listen => listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = certificate.Server,
                ServerCertificateChain = certificate.Chain,
            }));
        });
        return new Listening(httpPort, httpsPort, certificate);
    }

    /// <summary>Plain HTTP from another device gets the certificate to install and is otherwise sent to HTTPS.</summary>
    public void Use(WebApplication app)
    {
        if (HttpsPort is not { } httpsPort)
            return;
        app.Use(async (http, next) =>
        {
            if (Certificate is { MadeHere: true } && http.Request.Path == CertificatePath)
            {
                // Safari offers to install the profile for this type only.
                http.Response.ContentType = "application/x-x509-ca-cert";
                http.Response.Headers.ContentDisposition = "attachment; filename=\"muse-ca.crt\"";
                await http.Response.WriteAsync(Certificate.AuthorityPem!, http.RequestAborted);
            }
            else if (!http.Request.IsHttps && http.Connection.RemoteIpAddress is { } from && !IPAddress.IsLoopback(from))
                http.Response.Redirect(
                    $"https://{http.Request.Host.Host}:{httpsPort}{http.Request.PathBase}{http.Request.Path}{http.Request.QueryString}",
                    permanent: false, preserveMethod: true);
            else
                await next(http);
        });
    }

    private static IEnumerable<IPAddress> OwnAddresses() =>
        Addresses().Where(a => a.AddressFamily == AddressFamily.InterNetwork);

    /// <summary>The addresses by which other devices reach this machine; those of an interface with a gateway come first.</summary>
    public static IReadOnlyList<IPAddress> Addresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .Select(i => i.GetIPProperties())
            .OrderBy(p => p.GatewayAddresses.Count == 0)
            .SelectMany(p => p.UnicastAddresses)
            .Select(a => a.Address)
            .Where(a => !a.IsIPv6LinkLocal && !IPAddress.IsLoopback(a)),
    ];
}
