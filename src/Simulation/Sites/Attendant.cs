using System.Text.RegularExpressions;
using Holdfast.Agent.Api.Sites;
using Holdfast.Simulation.Faults;

namespace Holdfast.Simulation.Sites;

/// <summary>
/// An operator who looks at the status when a site is not back, and does what it asks him to decide, word for word. If nothing is asked, or what is
/// asked does not help, the run is not healthy in time (oath 5).
/// </summary>
internal sealed partial class Attendant(World world)
{
    private const int LooksEveryMs = 1_000;
    /// <summary>He reads a line that stands for so long.</summary>
    private const int ReadsAfterMs = 5_000;
    private string? _line;
    private long _since;

    /// <summary>How often he has done what he was asked for.</summary>
    public int Decisions { get; private set; }

    /// <summary>What the status of those that are there asks for now; null: nothing.</summary>
    public string? Asked => world.Hosts.Values
        .Where(host => host is { AgentLives: true, Agent: not null })
        .Select(host => host.Agent!.Control.Status)
        .SelectMany(status => new[] { status.Sites?.Reason, status.Reason })
        .Select(line => Command().Match(line ?? "") is { Success: true } found ? found.Value : null)
        .FirstOrDefault(command => command is not null);

    public void Begin() => world.After(LooksEveryMs, null, Look);

    private void Look()
    {
        world.After(LooksEveryMs, null, Look);
        if (!world.Sites.Any(site => site.IsLost) || Asked is not { } line)
        {
            _line = null;
            return;
        }

        (_line, _since) = line == _line ? (_line, _since) : (line, world.Now);
        if (world.Now - _since < ReadsAfterMs)
        {
            return;
        }

        Decisions++;
        _line = null;
        world.Note("-", $"the operator does what the status asks for: {line}");
        if (Command().Match(line).Groups["back"] is { Success: true, Value: var back })
        {
            SiteNemesis.Return(world, world.Sites.Single(site => site.Name == back));
            return;
        }

        SiteNemesis.Ask(world, new SiteMoveRequest(
            "failover", Command().Match(line).Groups["site"].Value, line.Contains("--accept-data-loss", StringComparison.Ordinal),
            line.Contains("--fenced", StringComparison.Ordinal) ? "it is gone" : null, "the simulator"));
    }

    [GeneratedRegex(@"holdfast failover --site (?<site>\w+)(?: --accept-data-loss)?(?: --fenced HOW)?|bring site (?<back>\w+) back")]
    private static partial Regex Command();
}
