using System.Net;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Core;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Agent.Api.Changes;

/// <summary>
/// Who may change something, or read what is the users': whoever bears the token of the file; without a token, callers on this machine only.
/// Pages in a browser never, even on this machine: they could be sent by anybody.
/// </summary>
internal sealed class CallerRule(Secret? token)
{
    private const string Scheme = "Bearer ";
    private readonly byte[]? _expected = token is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(token.Reveal()));

    /// <param name="what">What is asked for, as the subject of a sentence in the plural.</param>
    /// <exception cref="ApiRefusalException">401 or 403.</exception>
    public void Require(HttpContext context, string what = "changing calls")
    {
        if (context.Request.Headers.ContainsKey("Origin"))
        {
            throw new ApiRefusalException(StatusCodes.Status403Forbidden, $"{what} are not for a web page", "use the holdfast command");
        }

        if (_expected is null)
        {
            if (context.Connection.RemoteIpAddress is not { } caller || !IPAddress.IsLoopback(caller))
            {
                throw new ApiRefusalException(
                    StatusCodes.Status403Forbidden, $"{what} from another machine need a token",
                    "set security.token in the file, on all hosts");
            }

            return;
        }

        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw new ApiRefusalException(
                StatusCodes.Status401Unauthorized, $"{what} need the system's token",
                "send 'Authorization: Bearer TOKEN' with security.token");
        }

        // Digests have one length, so the comparison tells nothing about the token's length either.
        var given = SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim()));
        if (!CryptographicOperations.FixedTimeEquals(given, _expected))
        {
            throw new ApiRefusalException(
                StatusCodes.Status403Forbidden, "the token is wrong", "use security.token of the file that the agents run with");
        }
    }
}
