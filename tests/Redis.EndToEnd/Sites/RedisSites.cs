using System.Diagnostics;
using Holdfast.Harness.Members;

namespace Holdfast.Redis.EndToEnd.Sites;

/// <summary>Two sites with two members each, shared by the tests of one class: each begins when the store is whole.</summary>
public sealed class RedisSites : IAsyncDisposable
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);
    private SiteCluster? _cluster;

    public SiteCluster Cluster => _cluster ?? throw new InvalidOperationException("not started yet");
    public SiteStore Store => Cluster.Stores[0];

    /// <summary>Starts it, or waits until it is whole again after the test before.</summary>
    public async Task ReadyAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.HealthyAsync(Store);
            return;
        }

        _cluster = await SiteCluster.StartAsync(new SiteClusterOptions
        {
            Stores =
            [
                new SiteStoreOptions { Kind = GroupOptions.Redis, HostRpo = "10s", SiteRpo = "10s", SiteFailover = "automatic" }.WithTiming("lease", "3s"),
            ],
        });
    }

    /// <summary>The primary, and the leader of the other site.</summary>
    public async Task<(MemberHost Primary, MemberHost Leader)> LeadersAsync()
    {
        var primary = await Store.FindPrimaryAsync() ?? throw new InvalidOperationException(Cluster.Fail("there is no primary"));
        return (primary, await LeaderAsync(OtherSite(primary)));
    }

    public string OtherSite(MemberHost member) => Cluster.Options.Sites.Single(site => site != Store.SiteOf(member));

    public MemberHost Beside(MemberHost member) => Store.At(Store.SiteOf(member)).Single(other => other != member);

    /// <summary>The member that leads a site's group, by the word of all there.</summary>
    public async Task<MemberHost> LeaderAsync(string site)
    {
        MemberHost? leader = null;
        await Eventually.TrueAsync(
            async () => (await Task.WhenAll(Store.At(site).Select(member => member.StatusAsync()))).Select(status => status?.Primary).Distinct().ToList()
                is [{ } name] && (leader = Store.Members.FirstOrDefault(member => member.Name == name)) is not null,
            Soon, () => Cluster.Fail($"the members at {site} do not agree on who leads"));
        return leader!;
    }

    /// <summary>A connection as Holdfast itself.</summary>
    public static RedisClient Govern(MemberHost member) => new(
        member.Port, "holdfast", File.ReadAllText(Path.Combine(member.Own, "control.password")).Trim(), member.Place.Address);

    /// <summary>Whether a member admits who would copy from it.</summary>
    public static bool MayBeFollowed(MemberHost member)
    {
        var conf = File.ReadAllText(Path.Combine(member.Own, "redis.conf"));
        var password = conf.Split('\n').Single(line => line.StartsWith("masterauth", StringComparison.Ordinal)).Split('"')[1];
        try
        {
            using var client = new RedisClient(member.Port, "holdfast-replication", password, member.Place.Address);
            return true;
        }
        catch (RedisRefusalException)
        {
            return false;
        }
    }

    /// <summary>Who gets the stream from a member, by the member's own word.</summary>
    public IReadOnlyList<string> Followers(MemberHost member)
    {
        try
        {
            using var client = Govern(member);
            return
            [
                .. client.Call("INFO", "replication")!.Split("\r\n").Where(line => line.StartsWith("slave", StringComparison.Ordinal) &&
                        line.Contains("state=online", StringComparison.Ordinal))
                    .SelectMany(line => Store.Members.Where(other => line.Contains($"ip={other.Name},", StringComparison.Ordinal)))
                    .Select(other => other.Name).Distinct().Order(),
            ];
        }
        catch (IOException)
        {
            return []; // It starts, or is gone.
        }
    }

    /// <summary>The primary feeds its own site and one member of the other site, its leader, which feeds the other one there.</summary>
    public async Task<(MemberHost Primary, MemberHost Leader)> OneStreamAsync()
    {
        var (primary, leader) = await LeadersAsync();
        await Eventually.TrueAsync(
            () => Followers(primary).SequenceEqual(new[] { Beside(primary).Name, leader.Name }.Order()) &&
                Followers(leader).SequenceEqual([Beside(leader).Name]),
            Soon, () => Cluster.Fail(
                $"{primary.Name} feeds {string.Join(", ", Followers(primary))}, and {leader.Name} feeds {string.Join(", ", Followers(leader))}"));
        return (primary, leader);
    }

    /// <summary>How many full copies the servers have asked for in all.</summary>
    public int Copies() => Store.Members.Sum(
        host => File.ReadLines(host.ServerLog).Count(line => line.Contains("Full resync from", StringComparison.Ordinal)));

    /// <summary>Waits until a member has all that a writer was acknowledged up to now, and says how long that took.</summary>
    public async Task<TimeSpan> HasAllAsync(MemberHost member, KeyWriter writer)
    {
        var (begun, keys) = (Stopwatch.GetTimestamp(), writer.Keys);
        await Eventually.TrueAsync(
            () =>
            {
                try
                {
                    var ids = Store.Keys.Ids(member.Endpoint);
                    return keys.All(key => ids.Contains(key.Id));
                }
                catch (IOException)
                {
                    return false; // It reads a copy, say.
                }
            },
            Soon, () => Cluster.Fail($"{member.Name} lacks keys"));
        return Stopwatch.GetElapsedTime(begun);
    }

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? ValueTask.CompletedTask;
}
