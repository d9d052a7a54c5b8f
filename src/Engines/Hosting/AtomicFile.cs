namespace Holdfast.Engines.Hosting;

/// <summary>Replaces files as a whole and durably: a reader, or a crash, meets the old text or the new one.</summary>
internal static class AtomicFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode OwnerOnlyDirectory = OwnerOnly | UnixFileMode.UserExecute;

    /// <exception cref="EngineException">The file cannot be written.</exception>
    public static void Write(string path, string text)
    {
        var temporary = path + ".new";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            Native.FlushDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DiskFault.Explain($"cannot write {path}", path, exception);
        }
    }

    /// <summary>Writes only when the text differs; true when it did.</summary>
    public static bool WriteIfChanged(string path, string text)
    {
        if (ReadOrNull(path) == text)
        {
            return false;
        }

        Write(path, text);
        return true;
    }

    /// <summary>The whole text, or null when the file is not there.</summary>
    public static string? ReadOrNull(string path)
    {
        if (Native.IsMissing(path))
        {
            return null; // Asked for several times a second by an idle agent: an exception each time would be dear.
        }

        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public static void Delete(string path)
    {
        if (File.Exists(path))
        {
            File.Delete(path);
            Native.FlushDirectory(Path.GetDirectoryName(path)!);
        }
    }
}
