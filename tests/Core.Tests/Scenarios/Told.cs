using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Tests.Scenarios;

/// <summary>What a scenario has said so far, by subject; the last word counts. Turned into a view at each arrow.</summary>
internal sealed partial class Told
{
    /// <summary>Subjects that belong to the group and stay when the story goes over to another member.</summary>
    private static readonly string[] Shared = ["group", "store", "record", "coordination", "request", "promise", "sites", "move", "card"];
    private static readonly string[] Single =
        ["me", "group", "store", "record", "coordination", "request", "engine", "memory", "activity", "suspicion", "sites", "move", "duties"];
    private static readonly string[] ByName = ["promise", "peer", "stream", "remote", "card"];

    private readonly SortedDictionary<string, string> _said = new(StringComparer.Ordinal);

    public void Say(string line)
    {
        var colon = line.IndexOf(": ", StringComparison.Ordinal);
        if (colon < 0)
        {
            throw new FormatException($"'{line}' is no statement: SUBJECT: …, or '=> RULE.id: action', or '-> DUTY.id: action', or 'because …'");
        }

        var subject = line[..colon].Split(' ');
        var known = subject.Length == 1 ? Single.Contains(subject[0]) : subject.Length == 2 && ByName.Contains(subject[0]);
        if (!known)
        {
            throw new FormatException($"'{line[..colon]}' is no subject; there are {string.Join(", ", Single)}, and with a name {string.Join(", ", ByName)}");
        }

        if (subject[0] == "me")
        {
            foreach (var key in _said.Keys.Where(key => !Shared.Contains(key.Split(' ')[0])).ToArray())
            {
                _said.Remove(key);
            }
        }

        _said[line[..colon]] = line[(colon + 2)..].Trim();
    }

    public MemberView ToView()
    {
        var me = _said.GetValueOrDefault("me") ?? throw new FormatException("nobody has been named by 'me: NAME'");
        var sites = Sites();
        var group = Group() with { Site = sites?.Mine ?? "fra" };
        var coordination = Coordination();
        return new MemberView
        {
            Me = me,
            Group = group,
            Coordination = coordination,
            Engine = Engine(coordination.Record),
            Memory = Memory(coordination.Record, me, sites),
            Activity = Activity(),
            Suspicion = Suspicion(),
            Sites = sites,
            Peers = About("peer").ToImmutableSortedDictionary(said => said.Member, said => Peer(said.Text, coordination.Record), StringComparer.Ordinal),
        };
    }

    private GroupSpec Group()
    {
        var spec = new GroupSpec
        {
            Store = "orders",
            Site = "fra",
            Members = (_said.GetValueOrDefault("group") ?? "a, b, c").Split(',', StringSplitOptions.TrimEntries).Select(text =>
            {
                var words = new Words(text);
                var name = words.Next("a name");
                return (name, Priority: words.AtEnd ? 100 : (int)words.Number("a priority"));
            }).ToImmutableSortedDictionary(member => member.name, member => member.Priority, StringComparer.Ordinal),
        };
        foreach (var words in Clauses("store"))
        {
            spec = words.Take("rpo") ? spec with { ZeroLoss = false, Rpo = words.Span() }
                : words.Take("unprotected stall") ? spec with { Unprotected = UnprotectedPolicy.Stall }
                : words.Take("acks") ? spec with { Acks = (int)words.Number("k") }
                : words.Take("archive") ? spec with { HasArchive = true }
                : words.Take("zero-loss") ? spec
                : throw new FormatException($"'{words.Rest()}' is not said of a store");
            words.End();
        }

        return spec;
    }

    private MoveRequest? Request()
    {
        MoveRequest? request = null;
        foreach (var words in Clauses("request"))
        {
            if (words.Take("none"))
            {
                return null;
            }

            request = words.Take("switchover") ? new MoveRequest("r1", RequestKind.Switchover, null, false, TimeSpan.FromSeconds(1))
                : words.Take("failover") ? new MoveRequest("r1", RequestKind.Failover, null, false, TimeSpan.FromSeconds(1))
                : request ?? throw new FormatException("a request is 'switchover' or 'failover'");
            request = words.Take("to") ? request with { Target = words.Next("a member") }
                : words.Take("accept data loss") ? request with { AcceptDataLoss = true }
                : words.Take("age") ? request with { Age = words.Span() }
                : request;
            words.End();
        }

        return request;
    }

    private SuspicionVerdict Suspicion()
    {
        var words = new Words(_said.GetValueOrDefault("suspicion") ?? "none");
        return words.Take("none") ? SuspicionVerdict.Trusting
            : words.Take("confirmed") ? new SuspicionVerdict(true, true, words.Rest())
            : words.Take("alone") ? new SuspicionVerdict(true, false, words.Rest())
            : throw new FormatException("suspicion is 'none', 'alone …' or 'confirmed …'");
    }

    private IEnumerable<Words> Clauses(string subject) =>
        _said.TryGetValue(subject, out var text) ? text.Split(',', StringSplitOptions.TrimEntries).Select(clause => new Words(clause)) : [];

    private IEnumerable<(string Member, string Text)> About(string subject) =>
        _said.Where(said => said.Key.StartsWith(subject + " ", StringComparison.Ordinal)).Select(said => (said.Key[(subject.Length + 1)..], said.Value));
}
