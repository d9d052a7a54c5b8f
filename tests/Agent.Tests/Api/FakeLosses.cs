using System.Text;
using System.Text.Json;
using Holdfast.Agent.Api.Loss;
using Holdfast.Core.Loss;
using Holdfast.Engines;
using Holdfast.Engines.Loss;

namespace Holdfast.Agent.Tests.Api;

/// <summary>Losses that a test sets.</summary>
public sealed class FakeLosses : ILossSource
{
    public List<LossReport> All { get; } = [];
    public Dictionary<string, List<LossLine>> Lists { get; } = new(StringComparer.Ordinal);
    /// <summary>Null: this member is not the primary.</summary>
    public Func<RowQuestion, RowAnswer>? OnQuestion { get; set; }

    public IReadOnlyList<LossReport> Reports() => All;

    public Stream? Open(string id) => Lists.TryGetValue(id, out var lines)
        ? new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => JsonSerializer.Serialize(line, LossJson.Plain.LossLine) + "\n"))))
        : null;

    public Task<RowAnswer> CheckAsync(RowQuestion question, CancellationToken cancellationToken) => OnQuestion is { } answer
        ? Task.FromResult(answer(question))
        : throw new EngineException("not a primary: ask the one that is");

    /// <summary>Null: keys of this store are not brought back.</summary>
    public Func<string, bool, IProgress<JobProgress>, CancellationToken, Task<LossRestored>>? OnRestore { get; set; }

    public Task<LossRestored> RestoreAsync(string id, bool dryRun, IProgress<JobProgress> progress, CancellationToken cancellationToken) =>
        OnRestore is { } answer ? answer(id, dryRun, progress, cancellationToken) : throw new EngineException("nothing is brought back here");
}
