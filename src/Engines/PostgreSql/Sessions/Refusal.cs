using Npgsql;

namespace Holdfast.Engines.PostgreSql.Sessions;

/// <summary>What a server's no to a session says about the server.</summary>
internal static class Refusal
{
    /// <summary>The class of what a server answers that starts up, shuts down or ends its sessions: it says so by itself soon.</summary>
    private const string OperatorIntervention = "57";

    public static bool IsOfGoingUpOrDown(PostgresException exception) =>
        exception.SqlState.StartsWith(OperatorIntervention, StringComparison.Ordinal);
}
