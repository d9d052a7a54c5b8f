using System.Collections.Immutable;
using Holdfast.Harness.Members;

namespace Holdfast.Harness.Sites;

/// <summary>A store of a <see cref="SiteCluster"/>: its members by site, and the application's table.</summary>
public sealed class SiteStore
{
    private readonly IReadOnlyDictionary<string, SiteHost> _hostOf;

    internal SiteStore(SiteStoreOptions options, string firstSite, IReadOnlyList<(MemberHost Member, SiteHost Host)> members, RowTable rows, KeyStore keys)
    {
        (Options, FirstSite, Rows, Keys) = (options, options.PreferredSite ?? firstSite, rows, keys);
        Members = [.. members.Select(pair => pair.Member)];
        _hostOf = members.ToDictionary(pair => pair.Member.Name, pair => pair.Host);
    }

    public SiteStoreOptions Options { get; }
    public string Name => Options.Name;
    /// <summary>The site that is active at first.</summary>
    public string FirstSite { get; }
    public ImmutableArray<MemberHost> Members { get; }
    /// <summary>The application's table, in a store of PostgreSQL.</summary>
    public RowTable Rows { get; }
    /// <summary>The application's keys, in a store of Redis.</summary>
    public KeyStore Keys { get; }

    public SiteHost HostOf(MemberHost member) => _hostOf[member.Name];
    public string SiteOf(MemberHost member) => HostOf(member).Site;
    public IEnumerable<MemberHost> At(string site) => Members.Where(member => SiteOf(member) == site);
    public MemberHost Member(string name) => Members.Single(member => member.Name == name);

    /// <summary>What each member's agent says, in the order of <see cref="Members"/>; null where none answers.</summary>
    public Task<SeenStatus?[]> StatusAsync() => Task.WhenAll(Members.Select(member => member.StatusAsync()));

    /// <summary>
    /// The member that says of itself that it is primary and healthy, of the newest epoch: one that is cut off may not know of its end yet.
    /// Null: none does.
    /// </summary>
    public async Task<MemberHost?> FindPrimaryAsync()
    {
        var seen = await StatusAsync();
        return Members.Zip(seen).Where(pair => IsPrimary(pair.First, pair.Second)).OrderByDescending(pair => pair.Second!.Epoch)
            .Select(pair => pair.First).FirstOrDefault();
    }

    /// <summary>Waits until a member other than <paramref name="from"/> is primary and serves.</summary>
    public async Task<MemberHost> TakenOverAsync(MemberHost from, TimeSpan deadline)
    {
        MemberHost? taker = null;
        await Eventually.TrueAsync(
            async () => (taker = await FindPrimaryAsync()) is not null && taker != from, deadline,
            () => $"nobody takes over {Name} from {from.Name}");
        return taker!;
    }

    /// <summary>
    /// Whether every member is as it should be and sees coordination, exactly one is primary, and, where no commit may be lost with a host
    /// and there is another, none would be now; and, of a store with two sites, whether the active one could be lost and no move is on its way.
    /// </summary>
    public bool IsHealthy(SeenStatus?[] seen) =>
        Members.Zip(seen).All(
            pair => pair.Second is { CoordinationReachable: true, Paused: false } status && Own(pair.First, status) is { Healthy: true }) &&
        Members.Zip(seen).Where(pair => IsPrimary(pair.First, pair.Second)).ToList() is [var (member, primary)] &&
        (Options.DeclaredSite is not null || seen.All(status => IsWhole(status!.Sites, SiteOf(member), status == primary))) &&
        (Options.HostRpo != "0s" || At(SiteOf(member)).Count() == 1 || primary is { Mode: "zero-loss", SafeToLoseHost: true });

    /// <summary>A line for each member, for messages.</summary>
    public string Describe(SeenStatus?[] seen) =>
        string.Join('\n', Members.Zip(seen, (member, status) => $"{member.Name} ({SiteOf(member)}) says: {status?.ToString() ?? "nothing"}"));

    /// <param name="writes">It is the word of the primary, who alone knows how far the other site is.</param>
    private static bool IsWhole(SeenSites? sites, string active, bool writes) =>
        sites is { GlobalReachable: true, Move: null or { State: "done" or "failed" } } && sites.ActiveSite == active && (!writes || sites.SafeToLoseSite);

    private static bool IsPrimary(MemberHost member, SeenStatus? status) =>
        status is not null && Own(member, status) is { Role: "primary", Healthy: true };

    private static SeenMember? Own(MemberHost member, SeenStatus status) => status.Members.FirstOrDefault(one => one.Name == member.Name);
}
