using System.Collections.Concurrent;
using System.Collections.Immutable;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Sites;
using Holdfast.Agent.Tests.Api;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Tests.Sites;

/// <summary>Five real APIs at two sites over fake agents, and the command pointed at them.</summary>
internal sealed class RunningSites : IAsyncDisposable
{
    private readonly Dictionary<string, AgentApi> _apis = [];

    private RunningSites(SystemSpec system)
    {
        System = system;
        Shell = new Shell(system);
        Controls = system.Stores.Values.SelectMany(store => store.Members.Values.Select(
            member => new FakeControl(system, store, member, SampleSites.Status(store.Name, member.Name)))).ToDictionary(control => control.Member.Name);
    }

    public SystemSpec System { get; }
    public Shell Shell { get; }
    public Dictionary<string, FakeControl> Controls { get; }
    public IEnumerable<string> Calls => Controls.Values.SelectMany(control => control.Calls.Select(call => $"{control.Member.Name}: {call}"));

    public static async Task<RunningSites> StartAsync(SystemSpec? system = null, params string[] without)
    {
        var sites = new RunningSites(system ?? SampleSites.System());
        foreach (var (name, control) in sites.Controls.Where(pair => !without.Contains(pair.Key)))
        {
            sites._apis[name] = await AgentApi.StartAsync(control, TimeProvider.System, onFault: null, TestContext.Current.CancellationToken);
        }

        return sites;
    }

    public async Task StopAgentAsync(string name)
    {
        await _apis[name].DisposeAsync();
        _apis.Remove(name);
    }

    /// <summary>All agents of a site see the change at once.</summary>
    public void Change(string site, Func<GroupStatus, GroupStatus> change)
    {
        foreach (var control in Controls.Values.Where(control => control.Member.Site == site))
        {
            control.Status = change(control.Status);
        }
    }

    public void ChangeSites(string site, Func<SiteStatus, SiteStatus> change) => Change(site, status => status with { Sites = change(status.Sites!) });

    public void ChangeSites(Func<SiteStatus, SiteStatus> change)
    {
        ChangeSites("fra", change);
        ChangeSites("ber", change);
    }

    /// <summary>The stores whose moves were asked for, in that order.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>The agents take the request, and tell of this move from then on.</summary>
    public void Take(SiteMoveStatus move) => Take(store: null, move);

    /// <summary>The same of one store only.</summary>
    public void Take(string? store, SiteMoveStatus move)
    {
        foreach (var control in Of(store))
        {
            control.OnCall = (_, _) =>
            {
                Asked.Enqueue(control.Store.Name);
                Tell(store, move);
                return Task.FromResult(new CommandResult(true, "requested", move.Id));
            };
        }
    }

    /// <summary>All agents of a store tell of this move.</summary>
    public void Tell(string? store, SiteMoveStatus move)
    {
        foreach (var control in Of(store))
        {
            control.Status = control.Status with { Sites = control.Status.Sites! with { Move = move } };
        }
    }

    /// <summary>The agents of a store; null: of all.</summary>
    public IEnumerable<FakeControl> Of(string? store) => Controls.Values.Where(control => store is null || control.Store.Name == store);

    /// <summary>The steps end one by one, each when the command has shown the one before.</summary>
    public async Task WalkAsync(SiteMoveStatus move)
    {
        await Eventually.True(() => Calls.Any());
        for (var at = 0; at < move.Steps.Length; at++)
        {
            var (name, now) = (move.Steps[at].Step, move with { State = "running", Result = null, Steps = Until(move.Steps, at) });
            ChangeSites(sites => sites with { Move = now });
            await Eventually.True(() => Shell.Output.ToString().Contains($"\n  {name} ", StringComparison.Ordinal));
        }

        ChangeSites(sites => sites with { Move = move });
    }

    /// <summary>Steps up to this one have ended, the next runs.</summary>
    public static ImmutableArray<SiteStepStatus> Until(ImmutableArray<SiteStepStatus> steps, int last) =>
    [
        .. steps.Select((step, at) => at <= last ? step
            : at == last + 1 ? step with { State = "running", TookMs = null, Detail = null }
            : new SiteStepStatus(step.Step, "pending", null, null, null)),
    ];

    public async ValueTask DisposeAsync()
    {
        foreach (var api in _apis.Values)
        {
            await api.DisposeAsync();
        }
    }
}
