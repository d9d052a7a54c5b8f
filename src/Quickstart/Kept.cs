using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Reporting;
using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart;

/// <summary><c>--keep</c>: leaves the system up and tells how to use, see and stop it.</summary>
internal sealed class Kept(Place place, Options options, Narrator narrator)
{
    /// <summary>Tells the script <c>./quickstart</c> not to clean up.</summary>
    public const string Marker = "kept";

    public void Tell(AppDatabase database)
    {
        database.WritePasswordFile();
        var hosts = string.Join(",", place.Members.Select(_ => "127.0.0.1"));
        var ports = string.Join(",", place.Members.Select(member => member.Port));
        File.WriteAllText(Path.Combine(place.Folder, Marker), "");
        WriteStopScript();
        narrator.Heading("The system stays up.");
        var connection = $"host={hosts} port={ports} dbname={AppDatabase.Name} user={AppDatabase.Name} target_session_attrs=read-write";
        narrator.Plain($"""
            connect  PGPASSFILE={place.PasswordFile} psql "{connection}"
            """);
        if (place.Doors.TryGetValue(SitesFile.Sessions, out var door))
        {
            narrator.Plain($"""
                gate     {options.Command} gate -f {place.SystemFile}
                         then sessions are at 127.0.0.1:{door.Write}, user {SessionStore.User}, password in {place.SessionsPasswordFile}
                """);
        }

        narrator.Plain($"""
            look     {options.Command} status -f {place.SystemFile}
            stop     {StopScript}
            """);
    }

    private string StopScript => Path.Combine(place.Folder, "stop");

    private void WriteStopScript()
    {
        // The agents may have started servers since: what to end is found when it is run, in the ledger and in the members' folders.
        File.WriteAllText(StopScript, $"""
            #!/bin/sh
            # Ends what runs in this folder (by process number and start time), then removes the folder.
            export DOTNET_ROOT='{Environment.GetEnvironmentVariable("DOTNET_ROOT")}'
            '{Environment.ProcessPath}' --stop '{place.Folder}' && rm -rf '{place.Folder}'

            """);
        File.SetUnixFileMode(StopScript, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
