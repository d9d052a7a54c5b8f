using Holdfast.Core.Topology;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Agent.Api.Changes;

/// <summary>
/// Whom a request is meant for, by the file of whoever sends it: the header <c>Holdfast-Member: SYSTEM/MEMBER</c>. An agent that is another's
/// does nothing for it, so that a stale file or swapped addresses never change the wrong member. Without the header nothing is compared.
/// </summary>
public static class Addressee
{
    public const string Header = "Holdfast-Member";

    /// <summary>The header's value. Names are escaped as in a URI, so that none breaks the header.</summary>
    public static string Of(string system, string member) => $"{Uri.EscapeDataString(system)}/{Uri.EscapeDataString(member)}";

    /// <exception cref="ApiRefusalException">421: it is meant for another.</exception>
    internal static void Require(HttpContext context, SystemSpec system, MemberSpec self)
    {
        var given = context.Request.Headers[Header];
        if (given.Count == 0 || given.ToString() == Of(system.Name, self.Name))
        {
            return;
        }

        var parts = given.ToString().Split('/', 2);
        var other = Uri.UnescapeDataString(parts[^1]);
        var whose = parts.Length == 2 && Uri.UnescapeDataString(parts[0]) is var name && name != system.Name ? $"{other} of system {name}" : other;
        throw new ApiRefusalException(
            StatusCodes.Status421MisdirectedRequest,
            $"this is the agent of {self.Name} of system {system.Name}, not of {whose}: the file that was used and the running agents do not agree",
            "compare the members' agent addresses");
    }
}
