using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold so that strangers cannot steer the agents.</summary>
internal static class SecurityRules
{
    private const int ShortestToken = 16;

    public static void Check(Section root, Findings findings)
    {
        var security = root.Sub(SystemKeys.Security);
        CheckToken(security, findings);
        var exposed = Places.Members(root).Select(member => member.Agent).Where(agent => agent is { Value.IsLoopback: false }).ToList();
        if (exposed.FirstOrDefault() is not { } first)
        {
            return;
        }

        var others = exposed.Count > 1 ? $" (and {exposed.Count - 1} more)" : "";
        var missing = (security.IsGiven(SecurityKeys.Token), security.IsGiven(SecurityKeys.Tls)) switch
        {
            (true, true) => null,
            (true, false) => "TLS",
            (false, true) => "a token",
            _ => "a token and TLS",
        };
        if (missing is not null)
        {
            findings.Error(
                first.Place,
                $"the agent at {first.Value}{others} can be reached from other hosts, without {missing}",
                "give security.token and security.tls {certificate, key}, or use loopback addresses");
        }
    }

    private static void CheckToken(Section security, Findings findings)
    {
        if (!security.TryGet(SecurityKeys.Token, out var token))
        {
            return;
        }

        var text = token.Reveal();
        if (text.Any(letter => letter is <= ' ' or > '~'))
        {
            findings.Error(security.PlaceOf(SecurityKeys.Token), "holds a blank or a letter beyond ASCII", "make one with: openssl rand -hex 32");
        }
        else if (text.Length < ShortestToken)
        {
            findings.Error(security.PlaceOf(SecurityKeys.Token), $"is shorter than {ShortestToken} characters", "make one with: openssl rand -hex 32");
        }
    }
}
