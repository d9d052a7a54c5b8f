using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using Holdfast.Core.Topology;
using Holdfast.Engines.Facts;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Facts;

/// <summary>Measures one member: its server first, undisturbed, then its disk.</summary>
internal sealed class FactMeter(StoreSpec store, MemberSpec self, Layout layout, FlushMeter disk, TimeProvider time)
{
    /// <summary>Beside the look: for sizes, where there are very many tables.</summary>
    private static readonly TimeSpan ServerLimit = TimeSpan.FromSeconds(8);

    private const string ConnectionsSql = $"""
        SELECT count(*)::text FROM pg_stat_activity
        WHERE backend_type = 'client backend'
          AND usename NOT IN ('{RoleNames.Health}', '{RoleNames.Rewind}', '{RoleNames.Reader}', '{RoleNames.Replication}')
          AND NOT (usename = '{RoleNames.Administrator}' AND client_port = -1 AND application_name LIKE 'holdfast%')
        """;

    public async Task<MeasuredMember> RunAsync(TimeSpan look, CancellationToken cancellationToken)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        var (server, standbys) = await ServerAsync(look, problems, cancellationToken);
        ImmutableArray<double> flushes = [];
        try
        {
            flushes = await disk.RunAsync(cancellationToken);
        }
        catch (EngineException exception)
        {
            problems.Add(exception.Message);
        }

        return new MeasuredMember(flushes, server, standbys, problems.ToImmutable());
    }

    private async Task<(MeasuredServer?, ImmutableArray<MeasuredStandby>)> ServerAsync(
        TimeSpan look, ImmutableArray<string>.Builder problems, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(look + ServerLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await using var session = new StatisticsSession(layout, ServerLimit);
        try
        {
            return await AskAsync(session, look, problems, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            problems.Add($"the server of {self.Name} does not answer in time: see 'holdfast status'");
        }
        catch (PostgresException exception)
        {
            problems.Add($"the server of {self.Name} refuses ({exception.MessageText}): see 'holdfast status'");
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or SocketException or TimeoutException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            problems.Add($"the server of {self.Name} does not answer ({exception.Message}): see 'holdfast status'");
        }

        return (null, []);
    }

    private async Task<(MeasuredServer?, ImmutableArray<MeasuredStandby>)> AskAsync(
        StatisticsSession session, TimeSpan look, ImmutableArray<string>.Builder problems, CancellationToken cancellationToken)
    {
        var first = await session.RowAsync("SELECT pg_is_in_recovery()::text, current_setting('server_version_num')", cancellationToken);
        if (first[0] == "true")
        {
            return (null, []);
        }

        var version = int.Parse(first[1]!, CultureInfo.InvariantCulture);
        var averages = await Averages.AskAsync(session, version, layout, cancellationToken);
        var size = await session.RowAsync("SELECT sum(pg_database_size(oid))::text FROM pg_database", cancellationToken);
        var watch = new ServerWatch(session, [.. store.Members.Keys.Where(name => name != self.Name)], time);
        await watch.RunAsync(look, cancellationToken);
        var connections = await session.RowAsync(ConnectionsSql, cancellationToken);
        if (averages.LogBytesPerSecond is null)
        {
            problems.Add($"PostgreSQL {version / 10000} keeps no statistics of its log: its rate is of the look of {watch.Seconds:0.#} s");
        }

        if (averages.CommitsPerSecond is null)
        {
            problems.Add(
                $"the statistics of {self.Name} began before it became the primary: its rate of commits is of the look of {watch.Seconds:0.#} s");
        }

        return (
            new MeasuredServer(
                long.Parse(size[0]!, CultureInfo.InvariantCulture), averages.LogBytesPerSecond ?? watch.LogBytesPerSecond,
                averages.CommitsPerSecond ?? watch.CommitsPerSecond,
                averages.LogBytesPerSecond is null ? watch.Seconds : averages.Seconds, watch.PeakOfLog,
                int.Parse(connections[0]!, CultureInfo.InvariantCulture)),
            watch.Standbys);
    }
}
