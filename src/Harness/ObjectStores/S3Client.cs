using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

namespace Holdfast.Harness.ObjectStores;

/// <summary>What pgBackRest does not do with an object store: make buckets, and look at old versions of objects.</summary>
/// <param name="authorityFile">Vouches for the endpoint.</param>
public sealed class S3Client(Uri endpoint, string accessKey, string secretKey, string authorityFile) : IDisposable
{
    private const string Region = "us-east-1";
    private readonly HttpClient _http = Trusting(authorityFile);

    /// <summary>An object's version, or the mark that it was deleted.</summary>
    public sealed record Version(string Key, string Id, bool IsDeletion);

    /// <param name="lockDays">Versions cannot be removed, nor changed, so long; null: there are no versions.</param>
    public async Task CreateBucketAsync(string name, int? lockDays = null)
    {
        (string, string)[] headers = lockDays is null ? [] : [("x-amz-bucket-object-lock-enabled", "true")];
        await GoodAsync(HttpMethod.Put, $"/{name}", "", null, headers);
        if (lockDays is { } days)
        {
            await GoodAsync(
                HttpMethod.Put, $"/{name}", "object-lock=",
                "<ObjectLockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>" +
                $"<DefaultRetention><Mode>COMPLIANCE</Mode><Days>{days}</Days></DefaultRetention></Rule></ObjectLockConfiguration>");
        }
    }

    /// <summary>All that there is and was.</summary>
    public async Task<ImmutableArray<Version>> VersionsAsync(string bucket)
    {
        var all = ImmutableArray.CreateBuilder<Version>();
        var (key, id) = ("", "");
        while (true)
        {
            var at = key.Length == 0 ? "" : $"key-marker={Uri.EscapeDataString(key)}&";
            var query = $"{at}max-keys=1000{(id.Length == 0 ? "" : $"&version-id-marker={Uri.EscapeDataString(id)}")}&versions=";
            var answer = XDocument.Parse(await GoodAsync(HttpMethod.Get, $"/{bucket}", query)).Root!;
            all.AddRange(answer.Elements().Where(element => element.Name.LocalName is "Version" or "DeleteMarker").Select(element => new Version(
                Of(element, "Key"), Of(element, "VersionId"), element.Name.LocalName == "DeleteMarker")));
            if (Of(answer, "IsTruncated") != "true")
            {
                return all.ToImmutable();
            }

            (key, id) = (Of(answer, "NextKeyMarker"), Of(answer, "NextVersionIdMarker"));
        }

        static string Of(XElement element, string name) => element.Elements().FirstOrDefault(child => child.Name.LocalName == name)?.Value ?? "";
    }

    /// <returns>It is gone; false: the store refuses.</returns>
    public async Task<bool> RemoveAsync(string bucket, Version version)
    {
        var (status, _) = await CallAsync(
            HttpMethod.Delete, $"/{bucket}/{string.Join('/', version.Key.Split('/').Select(Uri.EscapeDataString))}",
            $"versionId={Uri.EscapeDataString(version.Id)}", null, []);
        return status is >= 200 and < 300;
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> GoodAsync(HttpMethod method, string path, string query, string? body = null, params (string, string)[] headers)
    {
        var (status, text) = await CallAsync(method, path, query, body, headers);
        return status is >= 200 and < 300 ? text : throw new InvalidOperationException($"{method} {path}?{query}: {status} {text}");
    }

    /// <summary>Signature Version 4.</summary>
    private async Task<(int Status, string Text)> CallAsync(HttpMethod method, string path, string query, string? body, (string, string)[] further)
    {
        var now = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var bytes = Encoding.UTF8.GetBytes(body ?? "");
        var hash = Hex(SHA256.HashData(bytes));
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = endpoint.Authority,
            ["x-amz-content-sha256"] = hash,
            ["x-amz-date"] = now,
        };
        foreach (var (name, value) in further)
        {
            headers[name] = value;
        }

        var names = string.Join(';', headers.Keys);
        var canonical = $"{method}\n{path}\n{query}\n{string.Concat(headers.Select(pair => $"{pair.Key}:{pair.Value}\n"))}\n{names}\n{hash}";
        var scope = $"{now[..8]}/{Region}/s3/aws4_request";
        var key = scope.Split('/').Aggregate(
            Encoding.UTF8.GetBytes("AWS4" + secretKey), (key, word) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(word)));
        var toSign = $"AWS4-HMAC-SHA256\n{now}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        using var request = new HttpRequestMessage(
            method, new Uri($"{endpoint.GetLeftPart(UriPartial.Authority)}{path}{(query.Length > 0 ? "?" : "")}{query}"));
        foreach (var (name, value) in headers.Where(pair => pair.Key != "host"))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Headers.TryAddWithoutValidation(
            "authorization", $"AWS4-HMAC-SHA256 Credential={accessKey}/{scope},SignedHeaders={names},Signature={signature}");
        if (bytes.Length > 0)
        {
            request.Content = new ByteArrayContent(bytes);
            // What is kept safe is to arrive as it was sent: the store asks for this.
#pragma warning disable CA5351
            request.Content.Headers.ContentMD5 = MD5.HashData(bytes);
#pragma warning restore CA5351
        }

        using var response = await _http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static HttpClient Trusting(string authorityFile)
    {
        var authority = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(authorityFile);
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new()
        {
            TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust,
            RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck,
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(authority);
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(60) };
    }
}
