using Holdfast.Agent.Records;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Terminals;
using Holdfast.Coordination;
using Holdfast.Coordination.Etcd;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql;

namespace Holdfast.Cli.Backup;

/// <summary><c>holdfast restore --as NEW</c>: a backup of one store becomes the first data of another.</summary>
internal sealed class NewStore(CliContext context, SystemSpec system, string name, string? memberName)
{
    public async Task<int> RunAsync(StoreSpec source, string site, RestoreRequest request, CancellationToken cancellationToken)
    {
        var (store, member) = Which(source);
        await RequireUnbornAsync(store, member, cancellationToken);
        await RestoreVerb.ToEndAsync(
            context, member.Data,
            async progress =>
            {
                await using var engine = new PostgreSqlEngine(store, member, context.Time);
                await engine.RestoreFromAsync(source, site, request, new Shown(progress), cancellationToken);
                return member.Data;
            },
            cancellationToken);
        context.Terminal.Line(Terminal.Styled(
            Terminal.Safe($"{member.Data} holds what was {source.Name}: {store.Name} is born with it when the agent of {member.Name} starts"), "green"));
        context.Terminal.Plain($"Start that agent first. When 'holdfast status --store {store.Name}' shows it as the primary, start the others: they clone.");
        return ExitCode.Done;
    }

    private (StoreSpec Store, MemberSpec Member) Which(StoreSpec source)
    {
        if (!system.Stores.TryGetValue(name, out var store))
        {
            throw new CliException(ExitCode.Usage, $"the file has no store '{name}': add it, with members and data directories of its own, then ask again");
        }

        if (store == source)
        {
            throw new CliException(ExitCode.Usage, $"{name} is the store that is restored: a new one needs another name; or use --in-place");
        }

        if (store.HasTwoSites)
        {
            throw new CliException(ExitCode.Usage, $"{name} has two sites: let it be born with one, and add the other afterwards");
        }

        var member = memberName is null
            ? store.Members.Count == 1 ? store.Members.Values.First() : null
            : store.Members.GetValueOrDefault(memberName);
        return member is not null ? (store, member) : throw new CliException(
            ExitCode.Usage,
            $"name by --member the one of {name} whose host this is: {string.Join(", ", store.Members.Keys.Order(StringComparer.Ordinal))}");
    }

    /// <summary>Nobody has begun it, and nobody is about to: an agent that finds neither record nor data makes an empty store.</summary>
    private async Task RequireUnbornAsync(StoreSpec store, MemberSpec member, CancellationToken cancellationToken)
    {
        using var client = new AgentClient(system, context.Time);
        foreach (var (other, answer) in await Task.WhenAll(store.Members.Values.Select(async other =>
            (other, await client.StatusAsync(other, AgentClient.ReadLimit, cancellationToken)))))
        {
            if (answer.Value is not null)
            {
                throw new CliException(
                    ExitCode.Failed, $"the agent of {other.Name} runs: {store.Name} has been born, or will be, without data; stop its agents first");
            }
        }

        try
        {
            await using var coordination = new EtcdCoordination(system.CoordinationOf(member.Site), context.Time);
            var key = new GroupKeys(system.Name, store.Name, member.Site).Record;
            using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            late.CancelAfter(AgentClient.ReadLimit * 2);
            if ((await coordination.ReadAsync(key, late.Token)).Keys.ContainsKey(key))
            {
                throw new CliException(ExitCode.Failed, $"{store.Name} has been born already: coordination has its record; name a new store");
            }
        }
        catch (Exception exception) when (exception is CoordinationException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new CliException(
                ExitCode.Failed, $"coordination does not answer ({exception.Message}), so it cannot be seen whether {store.Name} has been born");
        }
    }

    private sealed class Shown(Progress progress) : IProgress<JobProgress>
    {
        public void Report(JobProgress value) => progress.Show(
            value is { Done: { } done, Total: { } total and > 0 }
                ? FormattableString.Invariant($"{value.What} {100 * done / total} %") : value.What);
    }
}
