using System.Collections.Immutable;
using Holdfast.Agent.Api.Probe;
using Holdfast.Cli.Client;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Planning.Measured;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Planning.Probing;

/// <summary>
/// Asks the agents of a running system what a plan can be made from. One after another, so that none measures what another does, and what one cannot
/// say does not keep the others from it.
/// </summary>
/// <param name="say">What it is at.</param>
/// <param name="warn">What could not be measured, and why.</param>
internal sealed class Prober(AgentClient client, SystemSpec system, Action<string> say, Action<string> warn)
{
    private readonly List<MeasuredLink> _links = [];

    /// <param name="only">One store; null: all.</param>
    public async Task<Measurements> RunAsync(string? only, CancellationToken cancellationToken)
    {
        var stores = new List<MeasuredStore>();
        foreach (var store in system.Stores.Values.Where(store => only is null || store.Name == only).OrderBy(store => store.Name, StringComparer.Ordinal))
        {
            say($"{store.Name}: who is there");
            var picture = await StorePicture.TakeAsync(client, system, store, AgentClient.ReadLimit, cancellationToken);
            foreach (var (member, why) in picture.Groups.SelectMany(group => group.Silent))
            {
                warn($"{member}: {why}");
            }

            if (picture.SomebodyAnswered)
            {
                stores.Add(await StoreAsync(picture, cancellationToken));
            }
        }

        return new Measurements([.. stores], [.. _links]);
    }

    private async Task<MeasuredStore> StoreAsync(StorePicture picture, CancellationToken cancellationToken)
    {
        var facts = new List<MemberFacts>();
        foreach (var member in picture.Groups.SelectMany(group => group.Askable))
        {
            say($"{member.Name}: its disk, and what its server counts");
            if (Value(member, await client.ProbeMemberAsync(member, cancellationToken)) is { } found)
            {
                facts.Add(found);
                found.Problems.ToList().ForEach(problem => warn($"{member.Name}: {problem}"));
            }
        }

        // A primary that was replaced meanwhile may still say something: the last word is of no more use than the first.
        var primary = facts.FirstOrDefault(one => one.Server is not null);
        var seen = new MeasuredStore(picture.Store.Name)
        {
            Flushes = [.. facts.Where(one => one.Flush is not null).Select(one => new MeasuredFlush(one.Member, AgentWords.Of(one.Flush!)))],
            Server = primary is null ? null : AgentWords.Of(primary.Member, primary.Server!),
            Lags = primary is null ? [] : [.. primary.Standbys.Select(lag => AgentWords.Of(picture.Store, lag))],
            Outages = await OutagesAsync(picture, cancellationToken),
        };
        return seen with { InSite = await WaysAsync(picture, cancellationToken) };
    }

    /// <summary>The ways from the active site's first agent: to one of its own site, which is returned, and to one of each other site.</summary>
    private async Task<MeasuredLink?> WaysAsync(StorePicture picture, CancellationToken cancellationToken)
    {
        var agents = picture.Groups.SelectMany(group => group.Askable).ToList();
        var from = agents.FirstOrDefault(member => member.Site == picture.ActiveSite);
        MeasuredLink? inSite = null;
        foreach (var to in agents.Where(member => member != from).DistinctBy(member => member.Site))
        {
            if (from is null || _links.Any(link => (link.From, link.To) == (from.Site, to.Site)))
            {
                continue;
            }

            say($"{from.Name} to {to.Name}: the way between them");
            if (Value(from, await client.ProbeLinkAsync(from, to, cancellationToken)) is not { } probe)
            {
                continue;
            }

            var link = AgentWords.Of(from, to, probe);
            if (from.Site == to.Site)
            {
                inSite = link;
            }
            else
            {
                _links.Add(link);
            }
        }

        return inSite;
    }

    private async Task<ImmutableArray<PastOutage>> OutagesAsync(StorePicture picture, CancellationToken cancellationToken)
    {
        var found = new List<PastOutage>();
        foreach (var group in picture.Groups)
        {
            if (group.Askable.FirstOrDefault() is not { } agent)
            {
                continue;
            }

            say($"{group.Group.Name}: its history");
            found.AddRange((await client.HistoryAsync(agent, cancellationToken) ?? []).Select(AgentWords.Of).OfType<PastOutage>());
            if (picture.Store.HasTwoSites && group.Group.Site == picture.ActiveSite)
            {
                var moves = Value(agent, await client.SiteMovesAsync(agent, AgentClient.ChangeLimit, cancellationToken)) ?? [];
                found.AddRange(moves.Select(AgentWords.Of).OfType<PastOutage>());
            }
        }

        return [.. found];
    }

    private T? Value<T>(MemberSpec asked, AgentAnswer<T> answer)
        where T : class
    {
        if (answer.Value is null)
        {
            warn($"{asked.Name}: {answer.Problem}");
        }

        return answer.Value;
    }
}
