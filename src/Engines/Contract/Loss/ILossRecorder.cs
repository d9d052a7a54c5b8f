using Holdfast.Core.Failover;
using Holdfast.Core.Loss;

namespace Holdfast.Engines.Loss;

/// <summary>
/// What an engine does so that a loss between sites can be told exactly. <see cref="KeepDecodableAsync"/>, <see cref="WriteHeartbeatAsync"/>,
/// <see cref="ReadHeartbeatAsync"/> and <see cref="CheckRowsAsync"/> may be called beside any other call, and touch nothing that the others do.
/// </summary>
public interface ILossRecorder
{
    /// <summary>
    /// On a primary: keeps the log from <paramref name="confirmedElsewhere"/> on in a state that can be decoded, for each database, and lets go
    /// what lies before. It never passes that place. The first call for a database waits for the transactions that run; so it may take long.
    /// </summary>
    /// <param name="confirmedElsewhere">What every member that might be the next primary has for sure.</param>
    /// <exception cref="EngineException">Not (wholly) possible now; the message says what waits for what.</exception>
    Task KeepDecodableAsync(Lsn confirmedElsewhere, CancellationToken cancellationToken);

    /// <summary>
    /// On a stopped, deposed primary, after its diverged log has been salvaged: lists the transactions in it, in a file beside the salvaged log.
    /// The server is started for that, alone: nobody can connect to it over a network, and it writes to no table. When it cannot be done, the
    /// report says why; it throws for cancellation only, and for a disk on which not even that can be written. Idempotent.
    /// </summary>
    /// <param name="acknowledgedUpTo">No commit that ends beyond can have been acknowledged; null: that is not known.</param>
    /// <returns>Null: nothing had diverged.</returns>
    Task<LossReport?> DecodeLossAsync(
        SalvageReport salvaged, Lsn? acknowledgedUpTo, IProgress<JobProgress> progress, CancellationToken cancellationToken);

    /// <summary>The reports on this host, newest first.</summary>
    IReadOnlyList<LossReport> LossReports();

    /// <summary>The list of a report: one <see cref="LossLine"/> of JSON per line, UTF-8. Null: no such report, or nothing is listed.</summary>
    Stream? OpenLoss(string id);

    /// <summary>On the present primary: what has become of rows.</summary>
    /// <exception cref="EngineException">Not a primary, or the table cannot be read; the message says why.</exception>
    Task<RowAnswer> CheckRowsAsync(RowQuestion question, CancellationToken cancellationToken);

    /// <summary>On a primary: writes one row with its clock and its place in the log. Never waits for a standby.</summary>
    Task<HeartbeatMark> WriteHeartbeatAsync(long epoch, CancellationToken cancellationToken);

    /// <summary>The newest such row here, on a primary or a standby. Null: none yet.</summary>
    Task<HeartbeatMark?> ReadHeartbeatAsync(CancellationToken cancellationToken);
}

/// <summary>Asks about rows of one table.</summary>
/// <param name="Key">The columns that identify a row.</param>
/// <param name="Columns">The columns whose present values are wanted.</param>
/// <param name="Keys">Values of the key, one list for each row; empty with <paramref name="WholeTable"/>.</param>
/// <param name="FirstNewXid">See <see cref="LossReport.FirstNewXid"/>.</param>
/// <param name="WholeTable">Ask only whether any row was written since the fork.</param>
public sealed record RowQuestion(
    string Database, TableName Table, IReadOnlyList<string> Key, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Keys,
    uint? FirstNewXid, bool WholeTable = false);

/// <param name="Rows">One for each key asked about, in that order; null: there is no such row.</param>
/// <param name="AnyWrittenSince">For a whole table; null: cannot be told.</param>
public sealed record RowAnswer(IReadOnlyList<RowFound?> Rows, bool? AnyWrittenSince = null);

/// <param name="IsWrittenSince">Null: cannot be told.</param>
/// <param name="Values">In the order of the columns asked for, each as its <see cref="Fingerprint"/>.</param>
public sealed record RowFound(bool? IsWrittenSince, IReadOnlyList<string?> Values);
