using System.Net;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Core.Topology;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Agent.Api.Changes;

/// <summary>
/// Who may change something, or read what is the users': whoever bears the token of the file; without a token, callers on this machine only.
/// Pages in a browser never, even on this machine: they could be sent by anybody. And nobody whose request is another member's.
/// </summary>
internal sealed class CallerRule(SystemSpec system, MemberSpec self)
{
    private const string Scheme = "Bearer ";
    private readonly byte[]? _expected =
        system.Security.Token is { } token ? SHA256.HashData(Encoding.UTF8.GetBytes(token.Reveal())) : null;

    /// <param name="what">What is asked for, as the subject of a sentence in the plural.</param>
    /// <exception cref="ApiRefusalException">401, 403, or 421: see <see cref="Addressee"/>.</exception>
    public void Require(HttpContext context, string what = "changing calls")
    {
        RequireRight(context, what);
        Addressee.Require(context, system, self);
    }

    private void RequireRight(HttpContext context, string what)
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
