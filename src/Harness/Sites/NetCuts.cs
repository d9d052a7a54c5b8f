using System.Collections.Immutable;
using System.Text;

namespace Holdfast.Harness.Sites;

/// <summary>What is cut now. A cut is silent: packets vanish, no one is told, and connections stay open on both sides.</summary>
public sealed partial class Net
{
    private const string Chain = "forward";
    private readonly SemaphoreSlim _changing = new(1, 1);
    private ImmutableHashSet<Cut> _cuts = [];
    private ImmutableDictionary<string, HostCut> _hostCuts = ImmutableDictionary<string, HostCut>.Empty;
    private ImmutableHashSet<PairCut> _pairCuts = [];
    private ImmutableDictionary<string, double> _lossyHosts = ImmutableDictionary<string, double>.Empty;
    private ImmutableDictionary<Cut, double> _lossyLinks = ImmutableDictionary<Cut, double>.Empty;

    /// <summary>Links that are cut, by direction.</summary>
    public ImmutableHashSet<Cut> Cuts => _cuts;

    /// <summary>Cuts these and leaves the others as they are.</summary>
    public Task CutAsync(params IEnumerable<Cut> cuts) => SetAsync(() => _cuts = _cuts.Union(cuts));

    /// <summary>Restores these and leaves the others as they are.</summary>
    public Task HealAsync(params IEnumerable<Cut> cuts) => SetAsync(() => _cuts = _cuts.Except(cuts));

    /// <summary>Exactly these are cut from now on, and every other link between sites is whole.</summary>
    public Task SetCutsAsync(params IEnumerable<Cut> cuts) => SetAsync(() => _cuts = [.. cuts]);

    /// <summary>Every link of a site, in both directions.</summary>
    public IEnumerable<Cut> LinksOf(string site) =>
        _plan.Sites.Where(other => other.Name != site).SelectMany(other => Cut.Both(site, other.Name));

    /// <summary>Cuts one host off, from its own site too.</summary>
    public Task CutHostAsync(string host, HostCut cut = HostCut.Both) =>
        SetAsync(() => _hostCuts = cut == HostCut.None ? _hostCuts.Remove(host) : _hostCuts.SetItem(_hosts[host].Name, cut));

    public Task HealHostAsync(string host) => CutHostAsync(host, HostCut.None);

    /// <summary>Cuts what one host sends to another; each of them still reaches everybody else.</summary>
    public Task CutPairsAsync(params IEnumerable<PairCut> cuts) => SetAsync(() => _pairCuts = _pairCuts.Union(cuts));

    public Task HealPairsAsync(params IEnumerable<PairCut> cuts) => SetAsync(() => _pairCuts = _pairCuts.Except(cuts));

    /// <summary>Drops packets at random of all that a host sends and receives.</summary>
    /// <param name="share">Of all packets, above 0 and below 1; 0: none any more.</param>
    public Task LoseOfHostAsync(string host, double share) =>
        SetAsync(() => _lossyHosts = share > 0 ? _lossyHosts.SetItem(_hosts[host].Name, share) : _lossyHosts.Remove(host));

    /// <summary>Drops packets at random of all that a link carries in one direction.</summary>
    /// <inheritdoc cref="LoseOfHostAsync" path="/param"/>
    public Task LoseOfLinkAsync(Cut link, double share) =>
        SetAsync(() => _lossyLinks = share > 0 ? _lossyLinks.SetItem(link, share) : _lossyLinks.Remove(link));

    /// <summary>Everything is whole again, but for what <see cref="BoundAsync"/> and its like have set.</summary>
    public Task HealAllAsync() => SetAsync(() =>
        (_cuts, _hostCuts, _pairCuts, _lossyHosts, _lossyLinks) = ([], _hostCuts.Clear(), [], _lossyHosts.Clear(), _lossyLinks.Clear()));

    private async Task SetAsync(Action change)
    {
        await _changing.WaitAsync();
        try
        {
            var before = _plan.Sites.ToDictionary(site => site.Name, Rules);
            change();
            // One transaction for each router; those whose rules stay are left alone.
            await Task.WhenAll(_plan.Sites.Select(site => (site.Name, Rules: Rules(site))).Where(router => router.Rules != before[router.Name])
                .Select(router => _routers[router.Name].RunAsync(["nft", "-f", "-"], $"flush chain inet cuts {Chain}\n{router.Rules}")));
        }
        finally
        {
            _changing.Release();
        }
    }

    private string Rules(SitePlan site)
    {
        var rules = new StringBuilder();
        foreach (var cut in _cuts.Where(cut => cut.From == site.Name).OrderBy(cut => cut.To, StringComparer.Ordinal))
        {
            Drop($"oifname \"{Link(Known(cut.To))}\"");
        }

        foreach (var host in site.Hosts)
        {
            var cut = _hostCuts.GetValueOrDefault(host);
            if (cut.HasFlag(HostCut.Out))
            {
                Drop($"iifname \"{Port(host)}\"");
            }

            if (cut.HasFlag(HostCut.In))
            {
                Drop($"oifname \"{Port(host)}\"");
            }

            if (_lossyHosts.TryGetValue(host, out var share))
            {
                Drop($"iifname \"{Port(host)}\" {OneIn(share)}");
                Drop($"oifname \"{Port(host)}\" {OneIn(share)}");
            }
        }

        foreach (var cut in _pairCuts.Where(cut => _hosts[cut.From].Site == site.Name).OrderBy(cut => cut.ToString(), StringComparer.Ordinal))
        {
            Drop($"ip saddr {_hosts[cut.From].Address} ip daddr {_hosts[cut.To].Address}");
        }

        foreach (var (link, share) in _lossyLinks.Where(pair => pair.Key.From == site.Name).OrderBy(pair => pair.Key.To, StringComparer.Ordinal))
        {
            Drop($"oifname \"{Link(Known(link.To))}\" {OneIn(share)}");
        }

        return rules.ToString();

        // The kernel's packet filter counts by chance as well as a network emulator would, and is there where that is not.
        static string OneIn(double share) => $"numgen random mod 1000 < {Math.Clamp((int)(share * 1000), 1, 999)}";

        void Drop(string what) => rules.Append("add rule inet cuts ").Append(Chain).Append(' ').Append(what).Append(" drop\n");
    }

    private string Known(string site) => _routers.ContainsKey(site) ? site : throw new ArgumentException($"there is no site {site}", nameof(site));
}
