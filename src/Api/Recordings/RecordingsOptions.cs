using Microsoft.Extensions.Options;
using Muse.Adapters.Shelf;
using Muse.Api.Operations;
using NodaTime;

namespace Muse.Api.Recordings;

/// <summary>Configuration section <c>Recordings</c>.</summary>
public sealed class RecordingsOptions
{
    /// <summary>Where recordings lie; null is <c>recordings</c> in the data folder.</summary>
    public string? Folder { get; set; }

    /// <summary>Days after which a lesson's recording of the built-in room is deleted; 0 keeps them until somebody deletes them.</summary>
    public int KeepDays { get; set; } = 365;

    /// <summary>How long a recording of somebody who took the consent back is kept from view before it is deleted, if nobody decides otherwise.</summary>
    public int KeepRevokedDays { get; set; } = 7;

    /// <summary>A bucket as the shelf; without one recordings stay in <see cref="Folder"/>.</summary>
    public BucketOptions Shelf { get; set; } = new();

    /// <summary>Days after which the media of a room's recording that lies in the bucket leave this machine's disk; null keeps them here, too.</summary>
    public int? KeepOnDiskDays { get; set; }

    public Duration? KeptOnDisk => KeepOnDiskDays is { } days ? Duration.FromDays(days) : null;

    /// <summary>The program that makes waveforms and merged files, in PATH or where it lies.</summary>
    public string Ffmpeg { get; set; } = "ffmpeg";

    public Duration? Kept => KeepDays == 0 ? null : Duration.FromDays(KeepDays);

    public Duration KeptRevoked => Duration.FromDays(KeepRevokedDays);

    public string FolderIn(DataFolder data) => Path.GetFullPath(Folder is { Length: > 0 } folder ? folder : data.PathOf("recordings"));

    /// <exception cref="OptionsValidationException">A number makes no sense.</exception>
    public RecordingsOptions Checked()
    {
        const int Most = 36_500;
        Shelf.Checked("Recordings:Shelf");
        if (KeepDays is >= 0 and <= Most && KeepRevokedDays is >= 0 and <= Most && KeepOnDiskDays is null or (>= 0 and <= Most))
            return this;
        throw new OptionsValidationException("Recordings", typeof(RecordingsOptions),
            [$"Recordings: KeepDays, KeepRevokedDays and KeepOnDiskDays are days from 0 to {Most}."]);
    }
}
