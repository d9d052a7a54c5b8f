using System.Text.RegularExpressions;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>What pgBackRest says of an object store is a page of headers; this finds in it what went wrong, and what helps.</summary>
internal static partial class ObjectStoreFault
{
    /// <returns>Null: it is of something else.</returns>
    public static string? Of(string said)
    {
        if (CertificateLine().Match(said) is { Success: true } certificate)
        {
            return $"{certificate.Value}: let 'ca' name a file of the authority that vouches for it, and 'endpoint' be a name in its certificate";
        }

        if (StatusLine().Match(said) is not { Success: true } status)
        {
            return null;
        }

        var (number, word) = (status.Groups["number"].Value, CodeElement().Match(said) is { Success: true } code ? code.Groups["code"].Value : "");
        var reason = word.Length > 0 ? word : status.Groups["reason"].Value;
        return (number, word) switch
        {
            (_, "NoSuchBucket") => "the bucket is not there (NoSuchBucket): create it, or mend 'bucket', 'endpoint' and 'uri-style'",
            (_, "RequestTimeTooSkewed") => "the object store takes no requests of another time (RequestTimeTooSkewed): let this host's clock be right",
            (_, "AuthorizationHeaderMalformed") or ("301", _) => $"the bucket is of another region ({reason}): mend 'region' and 'endpoint'",
            ("403", _) =>
                $"the object store refuses the key (403 {reason}): mend 'access-key' and 'secret-key', or let the key list, read and write the bucket",
            ("507", _) or (_, "QuotaExceeded") =>
                $"the object store is full ({number} {reason}): raise the quota, or let 'keep-full' keep less and restart the agents",
            _ => $"the object store answers {number} {reason}",
        };
    }

    [GeneratedRegex(@"HTTP request failed with (?<number>\d{3})( \((?<reason>[^)]*)\))?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex StatusLine();

    [GeneratedRegex(@"<Code>(?<code>\w+)</Code>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CodeElement();

    [GeneratedRegex(@"unable to verify certificate presented by '[^']*'|unable to find hostname '[^']*' in certificate[^\n:;]*", RegexOptions.None, 1000)]
    private static partial Regex CertificateLine();
}
