using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Observation;

/// <summary>Says what is in the data directory, and if it is not ours why, with the remedy.</summary>
internal sealed class DataInspector(Layout layout, Binaries binaries)
{
    private int? _configuredMajor;

    public async Task<(DataState State, string? Problem)> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (File.Exists(layout.IncompleteMarker))
            {
                return (DataState.Incomplete, null);
            }

            if (Native.Identify(layout.Data) is { } directory && directory.Owner != Native.EffectiveUser())
            {
                return (DataState.Foreign,
                    $"{layout.Data} belongs to user number {directory.Owner}, not to the one who runs the agent " +
                    $"({Native.EffectiveUser()}): chown it");
            }

            if (DirectoryWork.IsEmptyOrMissing(layout.Data))
            {
                return (DataState.Empty, null);
            }

            return await ProblemAsync(cancellationToken) is { } problem ? (DataState.Foreign, problem) : (DataState.Present, null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (DataState.Foreign, $"{layout.Data} cannot be read ({exception.Message}): let the user who runs the agent own it");
        }
    }

    private async Task<string?> ProblemAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(layout.VersionFile))
        {
            return $"{layout.Data} is not empty and not a PostgreSQL data directory: name another directory in 'data', or empty it";
        }

        if (binaries.DataMajor is not { } major || major is < Binaries.OldestMajor or > Binaries.NewestMajor)
        {
            return $"{layout.Data} was made by PostgreSQL {AtomicFile.ReadOrNull(layout.VersionFile)?.Trim()}, " +
                $"and Holdfast runs {Binaries.OldestMajor} to {Binaries.NewestMajor}: upgrade it, or name another directory in 'data'";
        }

        if (binaries.Directory is null)
        {
            return $"{layout.Data} was made by PostgreSQL {major}, which is not installed: install postgresql-{major}, or set 'bin'";
        }

        _configuredMajor ??= await binaries.ConfiguredMajorAsync(cancellationToken);
        return _configuredMajor is { } configured && configured != major
            ? $"{layout.Data} was made by PostgreSQL {major}, but 'bin' holds {configured}: set 'bin' to the programs of {major}"
            : null;
    }
}
