using Holdfast.Agent.Api;
using Holdfast.Core.Backup;

namespace Holdfast.Agent.Backup;

/// <summary>What can be asked of a member to see whether the backups are good.</summary>
public enum RepositoryTask
{
    /// <summary>Restore, check and remove.</summary>
    TestRestore,
    /// <summary>Read every file of the repository.</summary>
    Scan,
}

/// <summary>One of them on its way.</summary>
/// <param name="Percent">Null: that cannot be told.</param>
public sealed record RunningTask(string Id, RepositoryTask Task, double Seconds, double? Percent, string Phase);

/// <summary>How the last one ended that this agent has made.</summary>
/// <param name="Ok">Nothing wrong was found.</param>
/// <param name="Test">For a test restore, unless it was interrupted.</param>
/// <param name="Scan">For a scan, the same.</param>
public sealed record EndedTask(string Id, RepositoryTask Task, bool Ok, string Message, RestoreTestResult? Test, RepositoryScan? Scan);

/// <summary>What is known of test restores and scans of one store at one site; the body of <c>GET /v1/test-restores</c>.</summary>
public sealed record RestoreTestReport
{
    public required string Store { get; init; }
    public required string Site { get; init; }
    /// <summary>Who says this.</summary>
    public required string Member { get; init; }
    /// <summary>Of this member.</summary>
    public RunningTask? Running { get; init; }
    public EndedTask? Ended { get; init; }
    /// <summary>Of the group, whoever made it; null: none yet, or what is remembered cannot be read.</summary>
    public RestoreTestRecord? Record { get; init; }
    public RepositoryScan? Scan { get; init; }
    /// <summary>What is wrong with what is remembered; null: nothing.</summary>
    public string? Problem { get; init; }
    /// <summary>What the schedule waits for.</summary>
    public string? Schedule { get; init; }
    public string? Alarm { get; init; }
}

/// <summary>What the API needs of a member's test restores.</summary>
public interface IRestoreTestDesk
{
    /// <summary>Asks this member for one; refused while it, or another of the group, makes one.</summary>
    CommandResult Ask(RepositoryTask task);

    RestoreTestReport Report();
}
